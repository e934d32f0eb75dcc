"""Refusals over HTTP: RFC 9457 problem details whose `detail` a form can show."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from models import refusals
from server.loops import OUTAGES

log = structlog.get_logger()

STATUS: Mapping[type[refusals.Refusal], tuple[int, str]] = {
    refusals.Unauthenticated: (401, "Unauthorized"),
    refusals.Forbidden: (403, "Forbidden"),
    refusals.NotFound: (404, "Not Found"),
    refusals.Conflict: (409, "Conflict"),
    refusals.StaleVersion: (412, "Precondition Failed"),
    refusals.Invalid: (422, "Unprocessable Content"),
    refusals.Limited: (429, "Too Many Requests"),
}


class Problem(BaseModel):
    """An error, as RFC 9457 writes it; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str


PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": title} for status, title in STATUS.values()
}


def problem(status: int, refusal: refusals.Refusal, title: str = "") -> Response:
    """A refusal as problem details."""
    title = title or next((name for known, name in STATUS.values() if known == status), "Error")
    body = {
        "type": f"urn:roomcast:problem:{refusal.code}",
        "title": title,
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
        **refusal.extra,
    }
    headers = {}
    if status == 401:  # noqa: PLR2004 - RFC 9110, 11.6.1
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in refusal.extra:
        headers["Retry-After"] = str(max(1, round(refusal.extra["retry_after"])))
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every failure with problem details; log each once."""

    @app.exception_handler(refusals.Refusal)
    async def _refused(request: Request, refusal: refusals.Refusal) -> Response:
        status, _ = STATUS[type(refusal)]
        return _answer(request, status, refusal)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"field": ".".join(str(part) for part in one["loc"][1:]), "message": one["msg"]}
            for one in error.errors()
        ]
        if error.errors()[0]["type"] == "json_invalid":
            refusal = refusals.Invalid("malformed_json", "The body is not JSON: check its syntax.")
            return _answer(request, 400, refusal, title="Bad Request")
        detail = "; ".join(f"{one['field'] or 'body'}: {one['message']}" for one in wrong[:3])
        refusal = refusals.Invalid("invalid_input", detail, errors=jsonable_encoder(wrong))
        return _answer(request, 422, refusal)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code = str(error.detail).lower().replace(" ", "_")
        refusal = refusals.Refusal(code, f"{error.detail}: {request.method} {request.url.path}")
        response = _answer(request, error.status_code, refusal, title=str(error.detail))
        response.headers.update(error.headers or {})
        return response

    async def _outage(request: Request, error: Exception) -> Response:
        log.warning("database_unavailable", path=request.url.path, why=repr(error)[:200])
        refusal = refusals.Refusal(
            "unavailable", "The database does not answer. Nothing was changed; try again soon."
        )
        return problem(503, refusal, title="Service Unavailable")

    for outage in OUTAGES:
        app.exception_handler(outage)(_outage)

    @app.exception_handler(Exception)
    async def _fault(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        refusal = refusals.Refusal("internal_error", "That is our fault, and it was logged.")
        return problem(500, refusal, title="Internal Server Error")


def _answer(request: Request, status: int, refusal: refusals.Refusal, title: str = "") -> Response:
    log.info("refused", code=refusal.code, door="http", path=request.url.path, status=status)
    return problem(status, refusal, title)
