"""Refusals over HTTP: RFC 9457 problem details whose `detail` a form can show."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from actions.inputs import complaint
from models import refusals

log = structlog.get_logger()

STATUS: Mapping[type[refusals.Refusal], int] = {
    refusals.Unauthenticated: 401,
    refusals.Forbidden: 403,
    refusals.NotFound: 404,
    refusals.Conflict: 409,
    refusals.Gone: 410,
    refusals.StaleVersion: 412,
    refusals.Invalid: 422,
    refusals.Limited: 429,
}
DOCUMENTED = (400, 401, 403, 404, 409, 410, 412, 413, 422, 503)

MEDIA_TYPE = "application/problem+json"
MALFORMED = refusals.Invalid("malformed_json", "The body is not JSON: check its syntax.")


class Problem(BaseModel):
    """An error, as RFC 9457 writes it; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str


PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in DOCUMENTED
}


def problem(status: int, refusal: refusals.Refusal) -> Response:
    """A refusal as problem details."""
    body = {
        "type": f"urn:roomcast:problem:{refusal.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
        **refusal.extra,
    }
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:  # RFC 9110, 11.6.1
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in refusal.extra:
        headers["Retry-After"] = str(max(1, round(refusal.extra["retry_after"])))
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every failure with problem details; log each once."""

    @app.exception_handler(refusals.Refusal)
    async def _refused(request: Request, refusal: refusals.Refusal) -> Response:
        return _answer(request, STATUS[type(refusal)], refusal)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"field": ".".join(str(part) for part in one["loc"][1:]), "message": _wrong(one)}
            for one in error.errors()
        ]
        if error.errors()[0]["type"] == "json_invalid":
            return _answer(request, 400, MALFORMED)
        detail = "; ".join(f"{one['field'] or 'body'}: {one['message']}" for one in wrong[:3])
        refusal = refusals.Invalid("invalid_input", detail, errors=jsonable_encoder(wrong))
        return _answer(request, 422, refusal)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.BAD_REQUEST:
            return _answer(request, 400, MALFORMED)
        code = str(error.detail).lower().replace(" ", "_")
        refusal = refusals.Refusal(code, f"{error.detail}: {request.method} {request.url.path}")
        response = _answer(request, error.status_code, refusal)
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = _allow(request)
        return response


def _wrong(error: Mapping[str, Any]) -> str:
    if error["loc"] == ("body",) and error["type"] == "model_attributes_type":
        return f"{complaint(error)}, with the header Content-Type: application/json"
    return complaint(error)


def _answer(request: Request, status: int, refusal: refusals.Refusal) -> Response:
    log.info("refused", code=refusal.code, door="http", path=request.url.path, status=status)
    request.app.state.metrics.refusals.labels(refusal.code).inc()
    return problem(status, refusal)


def _allow(request: Request) -> str:
    """Every method of the path; Starlette names those of the first route that fits only."""
    paths = request.app.openapi()["paths"]
    fitting = (paths[path] for path in paths if compile_path(path)[0].match(request.url.path))
    return ", ".join(sorted(method.upper() for operations in fitting for method in operations))
