"""The bus: a hint that a room has reached a seq, with the event inside to save a read.

A hint may be lost, repeated or late; nothing rests on it but speed. Whoever listens compares it
with what was delivered (next, old, gap) and reads the log, which is the truth.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from events.log import LoggedEvent

Hear = Callable[[LoggedEvent], None]
Missed = Callable[[], None]

BusState = Literal["up", "away", "deaf"]
"""away: nobody can publish now; deaf: others can, and this server does not hear them."""


class Bus(Protocol):
    """How the servers of one house tell each other that something was committed."""

    @property
    def state(self) -> BusState:
        """How it is at this moment."""

    def deliver_to(self, hear: Hear, missed: Missed) -> None:
        """Call `hear` with each hint of a room that is listened to.

        And call `missed` when hints may have been lost until now, and none will be from now on.
        """

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        """Hint at these events, in order. Raises OSError after half a second at most."""

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

    state: BusState = "up"

    def __init__(self) -> None:
        self._hear: Hear = lambda _: None
        self._rooms: set[str] = set()

    def deliver_to(self, hear: Hear, missed: Missed) -> None:
        """`missed` is never called: nothing can be lost."""
        del missed
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
