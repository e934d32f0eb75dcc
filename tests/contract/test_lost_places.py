"""A room whose log no longer goes on from where it is sends its sockets back to ask."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from actions.accounts import create_user
from actions.projects import NewProject, create_project
from models.log import EventRow, Stream
from models.transaction import transaction
from tests.support.house import House

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def still_house() -> House:
    """A project that has six events, and nobody who compares heads yet."""
    ada = await create_user(username="ada", email="ada@example.com", password_hash="-")
    project = await create_project(ada, NewProject(title="Launch"))
    house = House(ada, project.id)
    await house.changes(5)
    return house


@pytest.fixture
async def house(still_house: House) -> AsyncIterator[House]:
    async with still_house.comparing():
        yield still_house


async def test_an_older_database_sends_everybody_back_who_learns_that_it_is_older(
    house: House,
) -> None:
    ear = await house.arrives()
    await Stream.filter(room=house.room).update(head=4)
    await EventRow.filter(room=house.room, seq__gt=4).delete()
    await ear.is_sent_away()
    assert house.rooms.get(house.room) is None

    again = await house.arrives(since=6)
    assert again.resyncs() == [("log_reset", 4)]
    await house.changes(1)
    await again.has_heard([5])


async def test_another_log_that_is_as_long_by_now_is_noticed(house: House) -> None:
    """As where a standby that lagged took over: seqs were given to other events."""
    ear = await house.arrives()
    await house.changes(2)
    await ear.has_heard([7, 8])
    async with transaction():
        await Stream.filter(room=house.room).update(head=6)
        await EventRow.filter(room=house.room, seq__gt=6).delete()
        await house.changes(4)
    await ear.is_sent_away()
    assert ear.cursors() == [7, 8]


async def test_whoever_comes_back_to_a_room_that_is_ahead_of_the_log_is_told_once(
    still_house: House,
) -> None:
    house = still_house
    await house.arrives()
    await house.changes(2)
    room = house.rooms.get(house.room)
    assert room
    await house.fanout.catch_up(room, 8)
    await Stream.filter(room=house.room).update(head=5)
    await EventRow.filter(room=house.room, seq__gt=5).delete()
    async with asyncio.timeout(5):
        again = await house.arrives(since=5)
    assert again.resyncs() == [("log_reset", 5)]


async def test_a_room_that_missed_what_was_trimmed_sends_everybody_back(house: House) -> None:
    ear = await house.arrives()
    await asyncio.sleep(0.1)
    # As after an outage longer than what is kept: events came and went, and none was heard.
    await Stream.filter(room=house.room).update(head=20)
    await ear.is_sent_away()
    again = await house.arrives(since=6)
    assert again.resyncs() == [("trimmed", 20)]
    await house.changes(1)
    await again.has_heard([21])
    assert ear.cursors() == []


async def test_whoever_comes_in_while_the_room_is_behind_what_was_trimmed_does_not_wait_for_ever(
    still_house: House,
) -> None:
    house = still_house
    first = await house.arrives()
    await house.changes(3)
    await EventRow.filter(room=house.room).delete()
    async with asyncio.timeout(5):
        second = await house.arrives(since=7)
    await first.is_sent_away()
    assert second.resyncs() == [("trimmed", 9)]
    async with house.comparing():
        await house.changes(1)
        await second.has_heard([10])


async def test_a_log_that_is_whole_sends_nobody_away(house: House) -> None:
    ears = [await house.arrives(since=since) for since in range(7)]
    await house.changes(4)
    for since, ear in enumerate(ears):
        await ear.has_heard(list(range(since + 1, 11)))
        assert not ear.closed
