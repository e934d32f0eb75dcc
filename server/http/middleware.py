"""Around every HTTP request: both slash forms, a bounded body, faults answered, one log line."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.refusals import UNAVAILABLE, Refusal
from server.failures import answer_to
from server.http.problems import problem

log = structlog.get_logger()
API = "/api/v1/"


class SlashEitherWay:
    """Paths of the API end in `/`; without it they answer too. HEAD is GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(API) and not path.endswith(("/", ".json")):
            scope = {**scope, "path": f"{path}/"}
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}  # uvicorn, which has its own scope, drops the body
        await self._app(scope, receive, send)


class BoundedBody:
    """Refuse a body of more than `limit` bytes before it is read into memory (413)."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more and len(body) <= self._limit:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > self._limit:
            refusal = Refusal("too_large", f"The body is larger than {self._limit} bytes.")
            await problem(413, refusal)(scope, receive, send)
            return
        pending = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._app(scope, replay, send)


class Faults:
    """Answer what nobody else caught: problem details, 503 for an outage, 500 for a fault."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - answered and logged
            refusal = answer_to(error, door="http", path=scope["path"])
            status = 503 if refusal is UNAVAILABLE else 500
            await problem(status, refusal)(scope, receive, send)


class RequestLog:
    """One line a request: method, path, status and milliseconds; never the query, it has tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=took)
