"""Places while Redis, or a node of a cluster, is away: each server counts alone, and says so."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from redis.crc import key_slot
from structlog.testing import capture_logs

from rooms.breaker import PATIENCE, PAUSE
from tests.support.counters import move_slot, owner_of
from tests.support.places import (
    KEY,
    ON_THE_LAST_NODE,
    SLACK,
    SOON,
    answers,
    assert_never_alone,
    door,
    returns,
    seconds,
)
from tests.support.services import Service, own_redis, redis_cluster


@pytest.fixture
def mortal() -> Iterator[Service]:
    with own_redis() as redis:
        yield redis


async def test_without_redis_each_server_counts_alone(mortal: Service, room: str) -> None:
    async with door(mortal.url) as here, door(mortal.url) as there:
        assert await here.enters(room, 2)
        mortal.stop(signal.SIGKILL)
        assert [await here.enters(room, 2), await here.enters(room, 2)] == [True, False]
        assert [await there.enters(room, 2), await there.enters(room, 2)] == [True, True]
        assert here.breaker
        assert here.breaker.fallbacks == 1  # the second needed nobody's count but its own


async def test_a_redis_that_hangs_costs_half_a_second_once_a_second(
    mortal: Service, room: str
) -> None:
    async with door(mortal.url) as one:
        assert await one.enters(room, 1000)
        mortal.hang()
        waits = await asyncio.gather(*(seconds(one.enters(room, 1000)) for _ in range(200)))
        assert PATIENCE <= max(waits) < PATIENCE + SLACK
        waits = await asyncio.gather(*(seconds(one.enters(room, 1000)) for _ in range(200)))
        assert max(waits) < PATIENCE

        await asyncio.sleep(PAUSE)
        waits = await asyncio.gather(*(seconds(one.enters(room, 1000)) for _ in range(200)))
        # One tries it for all, and it may be the one that writes counts.
        assert sum(wait >= PATIENCE for wait in waits) <= 1
        assert one.inside[room] == 601


async def test_when_redis_comes_back_empty_it_is_told_of_every_room_at_once(
    mortal: Service, room: str
) -> None:
    async with door(mortal.url) as here, door(mortal.url) as there:
        assert await here.enters(room, 1)
        mortal.stop(signal.SIGKILL)
        await here.falls_back("user_1")
        mortal.start()
        await returns(here)
        await asyncio.sleep(SOON)
        for full in (room, "user_1"):
            assert not await there.enters(full, 1)


async def test_a_restart_between_two_questions_is_no_outage(mortal: Service, room: str) -> None:
    async with door(mortal.url) as one:
        assert all(await asyncio.gather(*(one.enters(room, 100) for _ in range(30))))
        mortal.stop(signal.SIGKILL)
        mortal.start()
        assert all(await asyncio.gather(*(one.enters(room, 100) for _ in range(30))))
        assert one.breaker
        assert one.breaker.fallbacks == 0


async def test_an_outage_is_warned_of_once(mortal: Service, room: str) -> None:
    with capture_logs() as lines:
        async with door(mortal.url) as one:
            mortal.stop(signal.SIGKILL)
            for _ in range(30):
                await one.falls_back(room)
            await asyncio.sleep(2 * PAUSE)
            mortal.start()
            await returns(one)
    said = [line["event"] for line in lines]
    assert said == ["limits_without_redis", "limits_with_redis_again"]


async def test_a_slot_that_moves_is_no_outage(cluster_urls: list[str], room: str) -> None:
    slot = key_slot((KEY + room).encode())
    owner = await owner_of(cluster_urls, slot)
    async with door(cluster_urls[0]) as one:
        assert await one.enters(f"{room}0", 1)
        await move_slot(cluster_urls, slot, (owner + 1) % 3)
        assert [await one.enters(room, 1), await one.enters(room, 1)] == [True, False]
        assert_never_alone(one)


async def test_a_cluster_is_away_while_one_of_its_nodes_is_and_that_is_warned_of_once(
    room: str,
) -> None:
    rooms = [f"{room}{number}" for number in range(30)]
    with redis_cluster() as (first, _, mortal), capture_logs() as lines:
        async with door(first.url) as here, door(first.url) as there:
            for one in rooms:
                assert await here.enters(one, 1)
            mortal.stop(signal.SIGKILL)
            assert not await answers(there, ON_THE_LAST_NODE)
            for _ in range(2):
                await asyncio.gather(*(here.enters(one, 1000) for one in rooms))
                await asyncio.sleep(PAUSE)
            for one in rooms:
                await here.falls_back(one)
            mortal.start()
            await returns(there)
            assert await answers(there, ON_THE_LAST_NODE), "it takes connections, but no keys yet"
            await returns(here)
            await asyncio.gather(*(here.enters(one, 1000) for one in rooms))
            await asyncio.sleep(SOON)
            for one in rooms:
                assert not await there.enters(one, 1)
    said = Counter(line["event"] for line in lines)
    assert said == {"limits_without_redis": 2, "limits_with_redis_again": 2}, "each server once"
