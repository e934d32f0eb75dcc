"""What waits for a client that polls, counted in bytes: engine.io's own queue has no bound."""

import asyncio
from collections.abc import Callable

from engineio.packet import Packet

PACKETS_A_POLL = 16
"""What python-socketio's client takes in one answer."""


class Postbox(asyncio.Queue[Packet | None]):
    """Packets for one client; None is the end of the connection.

    limit: bytes that may wait; a packet may pass it, however large, where less waited before
    overflow: called once, when more than that had been waiting as another packet came
    light: no more than half of it waits
    """

    overflow: Callable[[], None] | None = None

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._size = 0
        self.light = asyncio.Event()
        self.light.set()

    def put_nowait(self, item: Packet | None) -> None:
        was_full = self._size > self._limit
        super().put_nowait(item)
        self._weigh(size_of(item))
        if was_full and self.overflow:
            overflow, self.overflow = self.overflow, None
            overflow()

    def get_nowait(self) -> Packet | None:
        item = super().get_nowait()
        self._weigh(-size_of(item))
        return item

    async def take(self, patience: float) -> list[Packet]:
        """What waits, as much as one poll may bring; nothing at the end of the connection.

        Raises TimeoutError where nothing comes in so many seconds.
        """
        packets = [await asyncio.wait_for(self.get(), patience)]
        while packets[-1] is not None and len(packets) < PACKETS_A_POLL and self.qsize():
            packets.append(self.get_nowait())
        if packets[-1] is None:
            self.put_nowait(None)  # for the next to ask, too
        return [packet for packet in packets if packet is not None]

    def _weigh(self, change: int) -> None:
        self._size += change
        if self._size <= self._limit // 2:
            self.light.set()
        else:
            self.light.clear()


def size_of(item: Packet | None) -> int:
    """Bytes, or characters, which is near enough; a packet's own type is one."""
    return 1 + len(item.data) if item and isinstance(item.data, str | bytes) else 1
