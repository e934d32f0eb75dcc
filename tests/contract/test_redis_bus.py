"""RedisBus beyond the contract of every bus: what it subscribes to, and how it breaks."""

import asyncio
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.crc import key_slot

from events.redis_bus import RedisBus
from tests.support.bus import comes_true, event, listening
from tests.support.counters import (
    break_subscribers,
    move_slot,
    owner_of,
    shards,
    subscribers,
)
from tests.support.proxy import proxy_before
from tests.support.services import free_port, own_redis

ROOMS = [f"project_{number}" for number in range(100, 106)]


@pytest.fixture(params=["redis", "valkey", "cluster"])
def urls(request: pytest.FixtureRequest) -> list[str]:
    """The nodes of one Redis."""
    if request.param != "cluster":
        return [request.getfixturevalue(f"{request.param}_url")]
    nodes: list[str] = request.getfixturevalue("cluster_urls")
    return nodes


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["listen", "unlisten"]), st.sampled_from(ROOMS), st.booleans()),
        max_size=30,
    )
)
async def test_in_whatever_order_rooms_come_and_go_the_wanted_ones_stay(
    urls: list[str], steps: list[tuple[str, str, bool]]
) -> None:
    sharded = await shards(urls)
    async with listening(RedisBus(urls[0])) as listener:
        wanted: set[str] = set()
        for verb, room, pause in steps:
            if verb == "listen":
                listener.bus.listen(room)
                wanted.add(room)
            else:
                listener.bus.unlisten(room)
                wanted.discard(room)
            if pause:
                await asyncio.sleep(0.001)
        await listener.is_listening_to("project_1")  # whatever came before was sent before

        async def only_the_wanted() -> bool:
            found = await subscribers(urls, ROOMS, sharded=sharded)
            return found == [int(room in wanted) for room in ROOMS]

        await comes_true(only_the_wanted)
        assert listener.missed == 1, "the connection broke meanwhile"

    async def nothing() -> bool:
        return not any(await subscribers(urls, ROOMS, sharded=sharded))

    await comes_true(nothing)


async def test_valkey_and_a_cluster_are_spoken_to_in_shards_and_one_redis_is_not(
    urls: list[str],
) -> None:
    sharded = await shards(urls)
    async with listening(RedisBus(urls[0])) as listener:
        for room in ROOMS:
            await listener.is_listening_to(room)
        assert await subscribers(urls, ROOMS, sharded=sharded) == [1] * len(ROOMS)
        assert await subscribers(urls, ROOMS, sharded=not sharded) == [0] * len(ROOMS)
        used = [await subscribers([url], ROOMS, sharded=sharded) for url in urls]
        assert all(any(counts) for counts in used), "every node carries its part"


async def test_a_room_is_heard_after_its_slot_has_moved(cluster_urls: list[str]) -> None:
    slot = key_slot(b"roomcast:project_1")
    async with listening(RedisBus(cluster_urls[0])) as listener:
        await listener.is_listening_to("project_1")
        owner = await owner_of(cluster_urls, slot)
        for seq, target in enumerate(((owner + 1) % 3, owner), start=1):
            await move_slot(cluster_urls, slot, target)
            await listener.has_missed(1 + seq)
            await listener.bus.publish([event("project_1", seq)])
            assert await listener.hears(1) == [event("project_1", seq)]


async def test_after_a_break_everything_is_heard_and_missed_is_called(urls: list[str]) -> None:
    async with listening(RedisBus(urls[0])) as listener:
        await listener.is_listening_to("project_1")
        await listener.is_listening_to("project_2")
        assert listener.missed == 1
        for breaks in (1, 2, 3):
            for url in urls:
                await break_subscribers(url)
            await listener.has_missed(1 + breaks)
            await listener.is_in_state("up")
            await listener.bus.publish([event("project_1", breaks), event("project_2", breaks)])
            assert {hint.room for hint in await listener.hears(2)} == {"project_1", "project_2"}


async def test_two_houses_on_one_redis_hear_nothing_of_each_other(redis_url: str) -> None:
    """Whatever the number of the database, which pub/sub does not know."""
    async with (
        listening(RedisBus(f"{redis_url}/0", "roomcast:ours:")) as ours,
        listening(RedisBus(f"{redis_url}/1", "roomcast:theirs:")) as theirs,
    ):
        for house in (ours, theirs):
            await house.is_listening_to("project_1")
        await ours.bus.publish([event("project_1", 1)])
        assert await ours.hears(1) == [event("project_1", 1)]
        await theirs.bus.publish([event("project_1", 2)])
        assert await theirs.hears(1) == [event("project_1", 2)]
        assert ours.heard == theirs.heard == []


async def test_publishing_while_redis_is_away_raises_what_the_relay_expects() -> None:
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}")
    for broken in (bus.publish([event("project_1", 1)]), bus.run()):
        with pytest.raises(ConnectionError):
            await broken
    assert bus.state == "away"
    await bus.close()


async def test_publishing_to_a_redis_that_hangs_takes_half_a_second() -> None:
    with own_redis() as redis:
        async with listening(RedisBus(redis.url)) as listener:
            await listener.is_listening_to("project_1")
            redis.hang()
            try:
                for _ in range(3):
                    began = time.monotonic()
                    with pytest.raises(ConnectionError):
                        await listener.bus.publish([event("project_1", 1)])
                    assert 0.4 < time.monotonic() - began < 2  # a busy machine's
                await listener.is_in_state("away")
            finally:
                redis.wake()
            await listener.is_in_state("up")
            await listener.is_listening_to("project_1")


async def test_a_server_that_hears_nothing_is_deaf_until_it_hears(redis_url: str) -> None:
    async with proxy_before(redis_url) as proxy, listening(RedisBus(proxy.url)) as listener:
        await listener.is_listening_to("project_1")
        proxy.swallowing = True
        await listener.bus.publish([event("project_1", 1)])
        await listener.is_in_state("deaf")
        for _ in range(20):
            await asyncio.sleep(0.1)
            await listener.is_in_state("deaf", within=0)  # connected again, and heard nothing yet
        assert listener.heard == []
        proxy.swallowing = False
        await listener.is_in_state("up")
        assert listener.missed == 2
        await listener.bus.publish([event("project_1", 2)])
        assert event("project_1", 2) in await listener.hears(1)


async def test_a_listener_that_may_not_connect_is_deaf() -> None:
    """The connection that publishes is there already; another one is refused."""
    with own_redis() as redis:
        async with listening(RedisBus(redis.url)) as listener, Redis.from_url(redis.url) as admin:
            await listener.is_in_state("up")
            await listener.bus.publish([event("project_1", 1)])
            await admin.config_set("maxclients", 1)
            await admin.client_kill_filter(_type="pubsub")
            await listener.is_in_state("deaf")
            await admin.config_set("maxclients", 100)
            await listener.is_in_state("up")
