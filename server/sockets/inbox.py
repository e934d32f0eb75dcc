"""What a client that polls has posted: carried out one packet after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from engineio import payload
from engineio.exceptions import ContentTooLongError
from engineio.packet import Packet

from server.sockets.postbox import size_of


class Post(payload.Payload):  # type: ignore[misc]
    """What a client posts. Its bytes are bounded; a client may well subscribe to 100 projects."""

    max_decode_packets = 1000


class Inbox:
    """A request is answered when its packets are carried out, or when that waits for the client.

    A client that is sent more than it takes has to be answered, or it will not go on to poll or to
    upgrade, and both wait for each other.

    limit: bytes that may wait meanwhile
    """

    def __init__(self, carry_out: Callable[[Packet], Awaitable[None]], limit: int) -> None:
        self._carry_out = carry_out
        self._limit = limit
        self._packets: list[Packet] = []
        self._work: asyncio.Task[None] | None = None
        self.held = asyncio.Event()

    async def take(self, packets: Iterable[Packet]) -> None:
        """Raises what carrying out raises, unless the request is answered before."""
        if sum(map(size_of, self._packets)) > self._limit:
            raise ContentTooLongError
        self._packets += packets
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._carry_all_out())
            self._work.add_done_callback(_look_at)
        held = asyncio.create_task(self.held.wait())
        await asyncio.wait({self._work, held}, return_when=asyncio.FIRST_COMPLETED)
        held.cancel()
        if self._work.done():
            self._work.result()

    async def emptied(self) -> None:
        """Wait until nothing is left to carry out."""
        if self._work:
            await asyncio.wait({self._work})

    async def _carry_all_out(self) -> None:
        while self._packets:
            await self._carry_out(self._packets.pop(0))


def _look_at(work: asyncio.Task[None]) -> None:
    """Whatever it raised was logged, and has ended the connection."""
    if not work.cancelled():
        work.exception()
