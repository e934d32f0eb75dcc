"""The bus: a hint that a room has reached a seq, with the event inside to save a read.

A hint may be lost, repeated or late; nothing rests on it but speed. Whoever listens compares it
with what was delivered (next, old, gap) and reads the log, which is the truth.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from events.log import LoggedEvent

Hear = Callable[[LoggedEvent], None]


class Bus(Protocol):
    """How the servers of one house tell each other that something was committed."""

    def deliver_to(self, hear: Hear) -> None:
        """Call `hear` with each hint that arrives for a room that is listened to."""

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        """Hint at the events of one commit, in order."""

    def listen(self, room: str) -> None:
        """Hear the hints of this room from now on."""

    def unlisten(self, room: str) -> None:
        """Hear them no more."""

    async def run(self) -> None:
        """Listen for ever. Raises OSError where the wire breaks; then run it again."""

    async def close(self) -> None:
        """Let go of the wire."""


class MemoryBus:
    """One process, no wire: hints arrive in the turn of the loop that publishes them."""

    def __init__(self) -> None:
        self._hear: Hear = lambda _: None
        self._rooms: set[str] = set()

    def deliver_to(self, hear: Hear) -> None:
        self._hear = hear

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        for event in events:
            if event.room in self._rooms:
                self._hear(event)

    def listen(self, room: str) -> None:
        self._rooms.add(room)

    def unlisten(self, room: str) -> None:
        self._rooms.discard(room)

    async def run(self) -> None:
        """There is no wire to listen to."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """There is no wire to let go of."""
