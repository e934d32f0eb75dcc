"""A server's door to rooms, as far as it counts places."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import partial

from events.redis_nodes import Command, send
from events.redis_topology import Topology
from rooms.breaker import PAUSE, Breaker
from rooms.places import Places
from rooms.redis_places import FLUSH_INTERVAL, RedisPlaces
from tests.support.wire import becomes

LEASE = 2.0
"""Seconds; renewed three times as often."""
SOON = 2.5 * FLUSH_INTERVAL
SLACK = 2.0
"""Seconds that a busy machine may add."""
KEY = "roomcast:places:"
ON_THE_FIRST_NODE, ON_THE_LAST_NODE = "probe", "any"
"""Keys of a cluster of three."""


class Door:
    """One server's door to rooms: it counts whom it let in, and asks for one more."""

    def __init__(self, places: Places, breaker: Breaker | None = None) -> None:
        self.places = places
        self.breaker = breaker
        self.inside: Counter[str] = Counter()

    async def enters(self, room: str, limit: int) -> bool:
        self.inside[room] += 1
        if allowed := await self.places.allow(room, self.inside[room], limit):
            return True
        self.leaves(room)
        return allowed

    def leaves(self, room: str) -> None:
        self.inside[room] -= 1
        self.places.tell(room, self.inside[room])

    async def falls_back(self, room: str) -> None:
        """Somebody comes in, and Redis was not asked."""
        assert self.breaker
        before = self.breaker.fallbacks
        assert await self.enters(room, 1000)
        assert self.breaker.fallbacks == before + 1


@asynccontextmanager
async def door(url: str, lease: float = 60.0) -> AsyncIterator[Door]:
    """A server on this Redis. Leaving it kills it -9: nobody is told."""
    breaker = Breaker(url)
    places = RedisPlaces(breaker, lease=lease)
    running = asyncio.create_task(places.run())
    try:
        yield Door(places, breaker)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await breaker.close()


def assert_never_alone(*doors: Door) -> None:
    """Redis decided every time."""
    assert [door.breaker.fallbacks for door in doors if door.breaker] == [0] * len(doors)


async def say_to_node_of(key: str, call: Command, redis: Topology) -> None:
    await send({redis.node_of(key): [call]})


async def seconds(entering: Awaitable[bool]) -> float:
    """How long it took to come in."""
    began = time.monotonic()
    assert await entering
    return time.monotonic() - began


async def returns(door: Door) -> None:
    """Redis answers this server again."""
    await becomes(partial(answers, door, ON_THE_FIRST_NODE), True, within=6 * PAUSE)


async def answers(door: Door, key: str) -> bool:
    assert door.breaker
    try:
        await door.breaker.ask(lambda redis: redis.node_of(key).exists(key))
    except ConnectionError:
        return False
    return True
