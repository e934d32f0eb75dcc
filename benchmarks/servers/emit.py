"""The door all Python servers have for the benchmark: `POST /bench/emit?project=1&count=20`."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

Emit = Callable[[int, int], Awaitable[None]]
"""Sends `count` frames to the room of a project, in one go."""


def with_emit(app: ASGIApp, emit: Emit) -> ASGIApp:
    """The app with this door in front of it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/bench/emit":
            await app(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode())
        await emit(int(asked["project"][0]), int(asked["count"][0]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return serve
