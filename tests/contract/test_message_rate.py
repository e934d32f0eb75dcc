"""The message rate keeps one contract, in memory, over a Redis and over a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from redis.crc import key_slot

from models.refusals import Limited
from rooms.breaker import Breaker
from server.limits import MessageRate
from tests.support.counters import move_slot, owner_of

BURST = 4
A_SECOND = 2
USERS = count(10_000_000)


@asynccontextmanager
async def rate_on(url: str | None) -> AsyncIterator[MessageRate]:
    """A server's count, in this Redis each time; None: in memory."""
    breaker = Breaker(url) if url else None
    try:
        yield MessageRate(a_second=A_SECOND, burst=BURST, breaker=breaker)
        assert not breaker or breaker.fallbacks == 0
    finally:
        if breaker:
            await breaker.close()


@pytest.fixture(params=["memory", "redis", "cluster"])
async def rate(request: pytest.FixtureRequest) -> AsyncIterator[MessageRate]:
    match request.param:
        case "memory":
            url = None
        case "redis":
            url = request.getfixturevalue("redis_url")
        case "cluster":
            url = request.getfixturevalue("cluster_urls")[0]
    async with rate_on(url) as rate:
        yield rate


async def test_a_burst_is_taken_and_then_so_many_a_second(rate: MessageRate) -> None:
    user = next(USERS)
    assert [await takes(rate, user) for _ in range(BURST + 1)] == [True] * BURST + [False]
    with pytest.raises(Limited) as refused:
        await rate.require(user)
    await asyncio.sleep(refused.value.extra["retry_after"])
    assert [await takes(rate, user), await takes(rate, user)] == [True, False]


async def test_each_user_has_a_rate_of_their_own(rate: MessageRate) -> None:
    for user in [next(USERS) for _ in range(30)]:
        rush = await asyncio.gather(*(takes(rate, user) for _ in range(BURST + 1)))
        assert sum(rush) == BURST


async def test_servers_count_a_users_messages_together(any_redis_url: str) -> None:
    async with rate_on(any_redis_url) as here, rate_on(any_redis_url) as there:
        user = next(USERS)
        taken = [await takes(rate, user) for rate in (here, there, here, there, here, there)]
        assert taken == [True] * BURST + [False] * 2


async def test_a_slot_that_moves_is_no_outage(cluster_urls: list[str]) -> None:
    async with rate_on(cluster_urls[0]) as rate:
        user = next(USERS)
        assert await takes(rate, next(USERS))
        slot = key_slot(f"roomcast:messages:v1:gcra:{{{user}}}".encode())
        await move_slot(cluster_urls, slot, (await owner_of(cluster_urls, slot) + 1) % 3)
        assert [await takes(rate, user) for _ in range(BURST + 1)] == [True] * BURST + [False]


async def takes(rate: MessageRate, user: int) -> bool:
    try:
        await rate.require(user)
    except Limited:
        return False
    return True
