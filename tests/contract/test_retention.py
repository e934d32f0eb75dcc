"""Old events leave the log from its beginning; seqs go on, and what is not handed on yet stays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.accounts import create_user
from actions.projects import NewProject, ProjectChanges, create_project, update_project
from events.log import heads, read_log
from events.names import project_room, user_room
from events.retention import last_to_trim, trim
from models.log import EventRow
from models.user import User
from notifications.fanout import fan_out

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)


async def a_project_with(events: int) -> tuple[User, str]:
    ada = await create_user(username="ada", email="ada@example.com", password_hash="-")
    project = await create_project(ada, NewProject(title="0"))
    for number in range(1, events):
        await update_project(ada, project.id, ProjectChanges(title=str(number)))
    return ada, project_room(project.id)


async def hand_on(room: str) -> None:
    while await fan_out(room):
        pass


async def seqs(room: str) -> list[int]:
    return [event.seq for event in await read_log(room, after=0, limit=1000)]


@pytest.mark.usefixtures("database")
async def test_what_is_old_and_handed_on_is_trimmed_and_seqs_go_on() -> None:
    ada, room = await a_project_with(events=6)
    await hand_on(room)
    await EventRow.filter(room=room, seq__lte=4).update(created_at=LONG_AGO)
    assert await trim(NOW - timedelta(days=30)) == 4
    assert await seqs(room) == [5, 6]
    assert await trim(NOW - timedelta(days=30)) == 0

    await EventRow.all().update(created_at=LONG_AGO)
    while await trim(NOW):
        pass
    assert await seqs(room) == await seqs(user_room(ada.id)) == []
    assert await heads([room, user_room(ada.id)]) == {room: 6, user_room(ada.id): 1}
    await update_project(ada, int(room.removeprefix("project_")), ProjectChanges(title="next"))
    assert await seqs(room) == [7]


@pytest.mark.usefixtures("database")
async def test_what_was_not_handed_on_is_kept_however_old() -> None:
    ada, room = await a_project_with(events=3)
    await EventRow.all().update(created_at=LONG_AGO)
    assert await trim(NOW) == 0
    await hand_on(room)
    assert await seqs(user_room(ada.id)) == [1]
    assert await trim(NOW) == 4


@pytest.mark.usefixtures("database")
async def test_a_copy_whose_event_is_gone_is_gone_too() -> None:
    ada, room = await a_project_with(events=2)
    await hand_on(room)
    await EventRow.filter(room=room).delete()
    assert await EventRow.filter(room=user_room(ada.id)).count() == 1
    assert await seqs(user_room(ada.id)) == []


AGES = st.lists(st.integers(-50, 50).map(lambda days: NOW + timedelta(days=days)), max_size=30)


@given(AGES, st.integers(0, 40), st.one_of(st.none(), st.integers(0, 80)))
def test_only_an_old_beginning_that_was_handed_on_goes(
    ages: list[datetime], first: int, fanned: int | None
) -> None:
    events = list(enumerate(ages, start=first + 1))
    upto = last_to_trim(events, NOW, fanned)
    assert all(age < NOW for seq, age in events if seq <= upto)
    assert fanned is None or upto <= fanned
    rest = [(seq, age) for seq, age in events if seq > upto]
    if rest:  # nothing that might go was kept
        assert rest[0][1] >= NOW or (fanned is not None and rest[0][0] > fanned)
