"""The frames that one event becomes. A frame is built once and encoded once per wire format."""

from collections.abc import Callable
from typing import Any, TypeVar

from events.log import LoggedEvent
from rooms.cursor import ResyncReason

Body = dict[str, Any]
T = TypeVar("T")


class Frame:
    """A message to clients; `type` is in the body on every wire."""

    __slots__ = ("_encoded", "body")

    def __init__(self, body: Body) -> None:
        self.body = body
        self._encoded: dict[Callable[[Body], Any], Any] = {}

    def encoded(self, encode: Callable[[Body], T]) -> T:
        """The body in the wire format of `encode`, which runs once however many sockets ask."""
        encoded: T | None = self._encoded.get(encode)
        if encoded is None:
            encoded = self._encoded[encode] = encode(self.body)
        return encoded


def cursor_frame(event: LoggedEvent) -> Frame:
    """The one frame of an event that moves a client's cursor: its state, or `room_head`."""
    content = event.state or {"type": "room_head"}
    return Frame({**content, "room": event.room, "seq": event.seq})


def people_frame(event: LoggedEvent) -> Frame | None:
    """`notification_received` (seed 003); room and seq for information only."""
    if event.notice is None:
        return None
    return Frame({**event.notice, "room": event.room, "seq": event.seq})


def resync_frame(room: str, reason: ResyncReason, seq: int) -> Frame:
    """The replay cannot be: ask for everything anew, and go on from `seq`."""
    return Frame({"type": "resync", "room": room, "reason": reason, "seq": seq})


def error_frame(code: str, message: str, **extra: Any) -> Frame:
    """No, outside of an acknowledgement."""
    return Frame({"type": "error", "code": code, "message": message, **extra})
