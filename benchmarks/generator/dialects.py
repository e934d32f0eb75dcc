"""How to come in through each kind of door, and what a frame looks like behind it. Pure."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benchmarks.frames import body
from benchmarks.generator.wire import compact, post

Conversation = Generator[str | None, str, None]
"""Yields what to say next (or nothing), is sent what the server says; ends when all is said."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes in: their token, and the project they watch (None: no project)."""

    token: str
    project: int | None


@dataclass(frozen=True)
class Dialect:
    """One kind of door.

    converse: what is said after the upgrade until the visitor is in the room
    read: the body of a frame that arrived
    emit: the HTTP requests that make the server send `count` frames, the first with this seq
    answers: how many answers those get
    """

    path: Callable[[Visitor], str]
    converse: Callable[[Visitor], Conversation]
    read: Callable[[str], dict[str, Any]]
    emit: Callable[[int, int, int], bytes]
    answers: Callable[[int], int]


def _socketio(visitor: Visitor) -> Conversation:
    yield None  # Engine.IO's OPEN comes first
    connected = yield f"40{compact({'token': visitor.token})}"
    _demand(connected.startswith("40"), connected)
    if visitor.project is not None:
        said = yield f"420{compact(['subscribe_project', {'project_id': visitor.project}])}"
        while said.startswith("42"):  # the head of their own room
            said = yield None
        _demand(said.startswith('430[{"ok":true'), said)


def _plain(visitor: Visitor) -> Conversation:
    if visitor.project is not None:
        ask = {"type": "subscribe_project", "project_id": visitor.project, "request_id": 1}
        said = json.loads((yield compact(ask)))
        while said["type"] == "room_head":
            said = json.loads((yield None))
        _demand(said.get("ok") is True, str(said))


def _silent(_: Visitor) -> Conversation:
    """Who opens the WebSocket is in the room."""
    yield from ()


def _demand(fine: bool, said: str) -> None:  # noqa: FBT001 - an assertion with words
    if not fine:
        raise RuntimeError(f"The server said no: {said}")


def _read_socketio(text: str) -> dict[str, Any]:
    name, content = json.loads(text.removeprefix("42"))
    return {"type": name, **content}


def _read_plain(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    return content


def _ask_to_emit(project: int, _: int, count: int) -> bytes:
    return post(f"/bench/emit?project={project}&count={count}", "")


def _publish(project: int, seq: int, count: int) -> bytes:
    """Nchan is given each frame by whoever publishes it; in one write, so that it can batch."""
    frames = (compact(body(project, seq + number)) for number in range(count))
    return b"".join(post(f"/publish?room=project_{project}", text) for text in frames)


DIALECTS = {
    "socketio": Dialect(
        path=lambda _: "/socket.io/?EIO=4&transport=websocket",
        converse=_socketio,
        read=_read_socketio,
        emit=_ask_to_emit,
        answers=lambda _: 1,
    ),
    "plain": Dialect(
        path=lambda visitor: f"/ws/notifications/?token={quote(visitor.token)}",
        converse=_plain,
        read=_read_plain,
        emit=_ask_to_emit,
        answers=lambda _: 1,
    ),
    "bare": Dialect(
        path=lambda visitor: f"/ws?room=project_{visitor.project}",
        converse=_silent,
        read=_read_plain,
        emit=_ask_to_emit,
        answers=lambda _: 1,
    ),
    "nchan": Dialect(
        path=lambda visitor: f"/ws?room=project_{visitor.project}",
        converse=_silent,
        read=_read_plain,
        emit=_publish,
        answers=lambda count: count,
    ),
}
