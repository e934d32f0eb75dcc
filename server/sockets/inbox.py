"""What a client that polls has posted: carried out one packet after the other."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from engineio import payload
from engineio.exceptions import ContentTooLongError
from engineio.packet import PONG, Packet

BODY_WITHIN = 10.0
"""Seconds for a body to come."""
PACKET = 500
"""Bytes that a packet costs, besides what is in it."""


class Post(payload.Payload):  # type: ignore[misc]
    """What a client posts. Its bytes are bounded; a client may well subscribe to 100 projects."""

    max_decode_packets = 1000


class Inbox:
    """A request is answered when its packets are carried out, or when that waits for the client.

    A client that is sent more than it takes has to be answered, or it will not go on to poll or to
    upgrade, and both wait for each other.

    limit: bytes that may wait meanwhile
    """

    def __init__(
        self,
        carry_out: Callable[[Packet], Awaitable[None]],
        pong: Callable[[], None],
        limit: int,
    ) -> None:
        self._carry_out = carry_out
        self._pong = pong
        self._limit = limit
        self._packets: deque[Packet] = deque()
        self._size = 0
        self._work: asyncio.Task[None] | None = None
        self.held = asyncio.Event()
        """Set while what is carried out waits for the client to take what it was sent."""

    async def take(self, body: bytes) -> None:
        """Raises what reading and carrying out raise, unless the request is answered before."""
        packets = Post(encoded_payload=body.decode()).packets
        self._size = (self._size if self._packets else 0) + len(body) + PACKET * len(packets)
        if self._packets and self._size > self._limit:
            raise ContentTooLongError
        for packet in packets:
            if packet.packet_type == PONG:  # does not wait behind a replay that takes its time
                self._pong()
            else:
                self._packets.append(packet)
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
            await self._carry_out(self._packets.popleft())


def _look_at(work: asyncio.Task[None]) -> None:
    """Whatever it raised was logged, and has ended the connection."""
    if not work.cancelled():
        work.exception()


async def read_body(environ: dict[str, Any], limit: int) -> bytes:
    """What was posted; raises where it is too long, or takes too long."""
    length = int(environ.get("CONTENT_LENGTH", "0"))
    if length > limit:
        raise ContentTooLongError
    async with asyncio.timeout(BODY_WITHIN):
        body: bytes = await environ["wsgi.input"].read(length)
    return body
