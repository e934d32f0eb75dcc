"""Every bus keeps one contract: hints of rooms that are listened to, in order, and no others."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from events.bus import Bus, MemoryBus
from events.redis_bus import RedisBus
from tests.support.bus import Listener, event, listening


@pytest.fixture(scope="module", params=["memory", "redis", "valkey", "cluster"])
def new_bus(request: pytest.FixtureRequest) -> Callable[[], Bus]:
    match request.param:
        case "redis" | "valkey" as name:
            url = request.getfixturevalue(f"{name}_url")
        case "cluster":
            url = request.getfixturevalue("cluster_urls")[0]
        case _:
            return MemoryBus
    return lambda: RedisBus(url)


@pytest.fixture
async def listener(new_bus: Callable[[], Bus]) -> AsyncIterator[Listener]:
    async with listening(new_bus()) as listener:
        yield listener


async def test_what_is_published_is_heard_whole_and_in_order(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    sent = [event("project_1", seq) for seq in range(1, 51)]
    await listener.bus.publish(sent[:30])
    await listener.bus.publish(sent[30:])
    assert await listener.hears(50) == sent


async def test_hints_of_many_rooms_go_out_together(listener: Listener) -> None:
    rooms = [f"project_{number}" for number in range(1, 11)]
    for room in rooms:
        await listener.is_listening_to(room)
    await listener.bus.publish([event(room, seq) for seq in (1, 2) for room in rooms])
    heard = await listener.hears(20)
    for room in rooms:
        assert [hint for hint in heard if hint.room == room] == [event(room, 1), event(room, 2)]


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


async def test_a_room_that_was_left_and_entered_again_is_heard(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    for _ in range(3):
        listener.bus.unlisten("project_1")
        await asyncio.sleep(0)
        listener.bus.listen("project_1")
        await asyncio.sleep(0)
    await listener.is_listening_to("project_2")
    await listener.bus.publish([event("project_1", 1)])
    assert await listener.hears(1) == [event("project_1", 1)]
    assert listener.bus.state == "up"


async def test_listening_twice_is_hearing_once(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    listener.bus.listen("project_1")
    await asyncio.sleep(0.1)
    await listener.bus.publish([event("project_1", 1), event("project_1", 2)])
    assert await listener.hears(2) == [event("project_1", 1), event("project_1", 2)]
    await asyncio.sleep(0.1)
    assert listener.heard == []


async def test_publishing_nothing_is_harmless(listener: Listener) -> None:
    await listener.bus.publish([])


async def test_a_bus_that_hears_is_up(listener: Listener) -> None:
    await listener.is_listening_to("project_1")
    await listener.is_in_state("up")
