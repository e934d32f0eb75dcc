"""Places keep one contract, in memory, over a Redis and over a cluster.

A room never holds more than its limit.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.places import MemoryPlaces
from rooms.redis_places import HOLD
from tests.support.places import (
    KEY,
    LEASE,
    SOON,
    Door,
    assert_never_alone,
    door,
    say_to_node_of,
)


@pytest.fixture(params=["memory", "redis", "cluster"])
async def any_door(request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    match request.param:
        case "memory":
            yield Door(MemoryPlaces())
            return
        case "redis":
            url = request.getfixturevalue("redis_url")
        case "cluster":
            url = request.getfixturevalue("cluster_urls")[0]
    async with door(url) as one:
        yield one
        assert_never_alone(one)


@pytest.fixture
async def doors(any_redis_url: str) -> AsyncIterator[tuple[Door, Door]]:
    async with door(any_redis_url) as here, door(any_redis_url) as there:
        yield here, there
        assert_never_alone(here, there)


async def test_a_room_holds_its_limit_and_one_more_when_one_left(any_door: Door, room: str) -> None:
    assert [await any_door.enters(room, 3) for _ in range(4)] == [True, True, True, False]
    any_door.leaves(room)
    assert [await any_door.enters(room, 3) for _ in range(2)] == [True, False]


async def test_a_rush_fills_a_room_to_the_last_place(any_door: Door, room: str) -> None:
    answers = await asyncio.gather(*(any_door.enters(room, 5) for _ in range(40)))
    assert answers == [True] * 5 + [False] * 35


async def test_one_room_takes_nothing_from_another(any_door: Door, room: str) -> None:
    for number in range(30):
        assert await any_door.enters(f"{room}{number}", 1)
    for number in range(30):
        assert not await any_door.enters(f"{room}{number}", 1)


async def test_servers_share_the_places_and_give_them_back(
    doors: tuple[Door, Door], room: str
) -> None:
    here, there = doors
    assert [await here.enters(room, 3), await there.enters(room, 3)] == [True, True]
    assert await here.enters(room, 3)
    assert [await here.enters(room, 3), await there.enters(room, 3)] == [False, False]

    there.leaves(room)
    await asyncio.sleep(SOON)
    assert await here.enters(room, 3)
    assert not await there.enters(room, 3)


async def test_a_rush_on_two_servers_fills_a_room_and_no_more(
    doors: tuple[Door, Door], room: str
) -> None:
    async def rush(room: str) -> None:
        crowd = [door.enters(room, 7) for _ in range(20) for door in doors]
        assert sum(await asyncio.gather(*crowd)) == 7
        for one in doors:
            while one.inside[room]:
                one.leaves(room)

    rooms = [f"{room}{number}" for number in range(3)]
    for _ in range(2):
        await asyncio.gather(*(rush(room) for room in rooms))
        await asyncio.sleep(SOON)


CROWD = st.lists(
    st.tuples(st.integers(0, 1), st.text("+-.", min_size=1, max_size=6)), min_size=2, max_size=9
)


@given(st.lists(CROWD, min_size=5, max_size=5))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_however_people_come_and_go_no_place_is_given_twice_or_lost(
    doors: tuple[Door, Door], crowds: list[list[tuple[int, str]]]
) -> None:
    limit = 4

    async def come_and_go(crowd: list[tuple[int, str]]) -> None:
        room = f"project_{secrets.token_hex(6)}"
        inside: list[Door] = []
        await asyncio.gather(*(visit(room, doors[door], steps, inside) for door, steps in crowd))
        await asyncio.sleep(SOON)
        free = limit - len(inside)
        assert [await doors[0].enters(room, limit) for _ in range(limit + 1)].count(True) == free

    async def visit(room: str, door: Door, steps: str, inside: list[Door]) -> None:
        entered = 0
        for step in steps:
            if step == "+" and await door.enters(room, limit):
                inside.append(door)
                entered += 1
                assert len(inside) <= limit
            elif step == "-" and entered:
                inside.remove(door)
                entered -= 1
                door.leaves(room)
            elif step == ".":
                await asyncio.sleep(0.01)

    await asyncio.gather(*(come_and_go(crowd) for crowd in crowds))


async def test_a_server_that_ends_gives_its_places_back_at_once(
    doors: tuple[Door, Door], room: str
) -> None:
    ending, other = doors
    rooms = [f"{room}{number}" for number in range(30)]
    for one in rooms:
        assert await ending.enters(one, 1)
        assert not await other.enters(one, 1)
    await ending.places.close()
    for one in rooms:
        assert await other.enters(one, 1)


async def test_a_killed_server_keeps_its_places_until_its_lease_ends(
    any_redis_url: str, room: str
) -> None:
    async with door(any_redis_url, LEASE) as other:
        assert await other.enters(room, 2)
        async with door(any_redis_url, LEASE) as killed:
            assert await killed.enters(room, 2)
            await asyncio.sleep(LEASE * 1.5)
            assert not await other.enters(room, 2)  # it was renewed meanwhile
        assert not await other.enters(room, 2)
        await asyncio.sleep(LEASE)
        assert [await other.enters(room, 2), await other.enters(room, 2)] == [True, False]


async def test_a_call_that_was_overtaken_changes_nothing(
    doors: tuple[Door, Door], room: str
) -> None:
    here, there = doors
    assert here.breaker
    for number, held in ((2, 3), (1, 1)):
        call = ("EVAL", HOLD, 1, KEY + room, "a server", number, held, 4, 60_000)
        await here.breaker.ask(partial(say_to_node_of, KEY + room, call))
    assert [await there.enters(room, 4), await there.enters(room, 4)] == [True, False]
