"""One server's end of a bus, as the tests of every bus see it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from events.bus import Bus, BusState
from events.log import LoggedEvent
from server.loops import run_loops
from tests.support.clients import PATIENCE


def event(room: str, seq: int) -> LoggedEvent:
    return LoggedEvent(
        room=room,
        seq=seq,
        event_id=f"id-{seq}",
        type="project_updated",
        state={"type": "project_updated", "title": "Ünïcode ✓"},
        notice=None,
        exclude_user=7,
        concerns=(1, 2),
        facts={"removes_user": 1},
    )


async def comes_true(holds: Callable[[], bool | Awaitable[bool]], within: float = PATIENCE) -> None:
    """Wait until it holds. Raises AssertionError where it does not within so many seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline, f"did not come true within {within} s"
        await asyncio.sleep(0.02)


class Listener:
    """What was heard, and how often hints may have been missed."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[LoggedEvent] = []
        self.missed = 0
        self._news = asyncio.Event()
        bus.deliver_to(self._hear, self._miss)

    async def hears(self, count: int) -> list[LoggedEvent]:
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        taken, self.heard = self.heard[:count], self.heard[count:]
        return taken

    async def is_listening_to(self, room: str) -> None:
        """A subscription travels to Redis and back: wait until the first hint comes through."""
        self.bus.listen(room)
        async with asyncio.timeout(PATIENCE):
            while event(room, 0) not in self.heard:
                await self.bus.publish([event(room, 0)])
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        self.heard.clear()

    async def has_missed(self, times: int) -> None:
        """Wait until it was told so often that hints may have been lost."""
        await comes_true(lambda: self.missed == times)

    async def is_in_state(self, state: BusState, within: float = PATIENCE) -> None:
        await comes_true(lambda: self.bus.state == state, within)

    def _hear(self, hint: LoggedEvent) -> None:
        self.heard.append(hint)
        self._news.set()

    def _miss(self) -> None:
        self.missed += 1


@asynccontextmanager
async def listening(bus: Bus) -> AsyncIterator[Listener]:
    """The bus runs as on a server: again after each break."""
    listener = Listener(bus)
    running = asyncio.create_task(run_loops({"bus": bus.run}, lambda: None))
    try:
        yield listener
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await bus.close()
