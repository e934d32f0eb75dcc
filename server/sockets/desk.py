"""What a handler of client frames has at hand."""

from collections.abc import Callable
from typing import Any, NamedTuple

from models.refusals import Refusal
from rooms.follow import Doorkeeper
from server.auth import Tokens


class Desk(NamedTuple):
    """The parts of the house that client frames are about."""

    doorkeeper: Doorkeeper
    tokens: Tokens


class Reply:
    """The acknowledgement of one client frame: sent once, and only where it was asked for."""

    def __init__(self, send: Callable[[dict[str, Any]], None] | None) -> None:
        self._send = send
        self.open = send is not None

    def __call__(self, body: dict[str, Any]) -> None:
        if self._send and self.open:
            self.open = False
            self._send(body)


class Message(NamedTuple):
    """One client frame as it came: its type, its other fields, how to acknowledge it.

    size: bytes on the wire; fault: what the door itself found wrong with it
    """

    name: object
    body: object
    reply: Reply
    size: int
    fault: Refusal | None = None


def unreadable(fault: Refusal) -> Message:
    """A frame of which the door could read nothing; it counts like any other."""
    return Message(None, None, Reply(None), 0, fault)
