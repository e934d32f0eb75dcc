"""Every bus keeps one contract: hints of rooms that are listened to, in order, and no others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from events.bus import Bus, MemoryBus
from events.log import LoggedEvent
from events.redis_bus import RedisBus
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


class Listener:
    """One server's end of the bus, and what it has heard."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[LoggedEvent] = []
        self._news = asyncio.Event()
        bus.deliver_to(self._hear)

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
            while not self.heard:
                await self.bus.publish([event(room, 0)])
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        self.heard.clear()

    def _hear(self, hint: LoggedEvent) -> None:
        self.heard.append(hint)
        self._news.set()


@pytest.fixture(params=["memory", "redis"])
async def listener(request: pytest.FixtureRequest) -> AsyncIterator[Listener]:
    if request.param == "memory":
        bus: Bus = MemoryBus()
    else:
        bus = RedisBus(request.getfixturevalue("redis_url"))
    running = asyncio.create_task(bus.run())
    yield Listener(bus)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await bus.close()


async def test_what_is_published_is_heard_whole_and_in_order(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    sent = [event("project_1", seq) for seq in range(1, 51)]
    await listener.bus.publish(sent[:30])
    await listener.bus.publish(sent[30:])
    assert await listener.hears(50) == sent


async def test_a_room_nobody_listens_to_is_not_heard(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    await listener.bus.publish([event("project_2", 1), event("project_1", 1)])
    assert await listener.hears(1) == [event("project_1", 1)]
    assert listener.heard == []


async def test_a_room_that_was_left_is_heard_no_more(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    await listener.is_listening_to("project_2")
    listener.bus.unlisten("project_1")
    listener.bus.unlisten("project_1")
    await asyncio.sleep(0.1)
    await listener.bus.publish([event("project_1", 1), event("project_2", 2)])
    assert await listener.hears(1) == [event("project_2", 2)]


async def test_listening_twice_is_hearing_once(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    listener.bus.listen("project_1")
    await asyncio.sleep(0.1)
    await listener.bus.publish([event("project_1", 1), event("project_1", 2)])
    assert await listener.hears(2) == [event("project_1", 1), event("project_1", 2)]
    await asyncio.sleep(0.1)
    assert listener.heard == []


async def test_publishing_while_redis_is_away_raises_what_the_relay_expects() -> None:
    bus = RedisBus("redis://127.0.0.1:1")
    with pytest.raises(ConnectionError):
        await bus.publish([event("project_1", 1)])
    with pytest.raises(ConnectionError):
        await bus.run()
    await bus.close()
