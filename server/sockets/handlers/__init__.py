"""What each client frame does: one line per type, one file per noun, for both socket doors."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.handlers.projects import subscribe_project, unsubscribe_project
from server.sockets.handlers.resume import resume
from server.sockets.handlers.tokens import refresh_token
from server.sockets.inbound import RefreshToken, Resume, SubscribeProject, UnsubscribeProject

F = TypeVar("F")


class Handler(NamedTuple, Generic[F]):
    """The shape of a frame, and what it does."""

    frame: type[F]
    run: Callable[[Desk, ClientConnection, F, Reply], Awaitable[None]]


HANDLERS: Mapping[str, Handler[Any]] = {
    "subscribe_project": Handler(SubscribeProject, subscribe_project),
    "unsubscribe_project": Handler(UnsubscribeProject, unsubscribe_project),
    "resume": Handler(Resume, resume),
    "refresh_token": Handler(RefreshToken, refresh_token),
}
