"""`transaction()` and the log, on SQLite and PostgreSQL: all or nothing, dense, told after."""

import asyncio
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest

from actions.accounts import create_user
from actions.projects import NewProject, ProjectChanges, create_project, update_project
from events.catalogue import UserDeactivated
from events.log import heads, read_log, record_for_user
from events.names import project_room, user_room
from models.log import EventRow
from models.project import Project
from models.transaction import current_transaction, listen_to_commits, transaction
from models.user import User

pytestmark = pytest.mark.usefixtures("database")


class Ears:
    """Hears what each commit tells."""

    def __init__(self) -> None:
        self.commits: list[list[Any]] = []


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    forget = listen_to_commits(ears.commits.append)
    yield ears
    forget()


async def somebody() -> User:
    return await create_user(username="ada", email="ada@example.com", password_hash="-")


async def test_the_rows_and_the_event_commit_together_and_are_told_after(ears: Ears) -> None:
    ada = await somebody()
    async with transaction():
        project = await create_project(ada, NewProject(title="Launch"))
        assert ears.commits == []
    assert [[event.type for event in commit] for commit in ears.commits] == [["project_created"]]
    assert await heads([project_room(project.id)]) == {project_room(project.id): 1}


async def test_a_failure_leaves_neither_row_nor_event_nor_word(ears: Ears) -> None:
    ada = await somebody()

    async def fail_late() -> None:
        async with transaction():
            await create_project(ada, NewProject(title="Launch"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_late()
    assert await Project.all().count() == await EventRow.all().count() == 0
    assert ears.commits == []
    assert current_transaction() is None


async def test_a_cancelled_task_leaves_nothing_behind_and_holds_nothing(ears: Ears) -> None:
    ada = await somebody()
    project = await create_project(ada, NewProject(title="Launch"))
    ears.commits.clear()
    for steps in range(25):  # cancelled at every await it has, BEGIN and COMMIT included
        change = ProjectChanges(progress=steps + 1)
        task = asyncio.create_task(update_project(ada, project.id, change))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    row, head = await Project.get(id=project.id), (await heads([project_room(project.id)]))
    events = await read_log(project_room(project.id), after=0, limit=100)
    assert [event.seq for event in events] == list(range(1, head[project_room(project.id)] + 1))
    assert row.version == len(events)
    await update_project(ada, project.id, ProjectChanges(health="at_risk"))  # nothing is locked


async def test_a_room_has_no_holes_under_many_writers_of_whom_some_fail() -> None:
    ada = await somebody()

    async def write(number: int) -> None:
        async with transaction():
            await record_for_user(ada.id, UserDeactivated())
            await asyncio.sleep(0)
            if number % 3 == 0:
                raise LookupError

    await asyncio.gather(*(write(number) for number in range(60)), return_exceptions=True)
    events = await read_log(user_room(ada.id), after=0, limit=100)
    assert [event.seq for event in events] == list(range(1, 41))
    assert await heads([user_room(ada.id)]) == {user_room(ada.id): 40}


async def test_a_snapshot_does_not_see_what_commits_meanwhile(database: str) -> None:
    if database.startswith("sqlite"):
        # One connection: a snapshot excludes every other transaction of the process.
        async with transaction(snapshot=True):
            late = asyncio.create_task(somebody(), context=Context())
            await asyncio.sleep(0.05)  # in a context of its own, or it would join this one
            assert not late.done()
            assert await User.all().count() == 0
        await late
        return
    async with transaction(snapshot=True):
        assert await User.all().count() == 0
        await asyncio.create_task(somebody(), context=Context())
        assert await User.all().count() == 0
    assert await User.all().count() == 1


async def test_an_event_outside_a_transaction_is_a_mistake_that_says_so() -> None:
    ada = await somebody()
    with pytest.raises(RuntimeError, match="inside transaction"):
        await record_for_user(ada.id, UserDeactivated())


async def test_an_event_that_a_newer_version_wrote_is_read() -> None:
    """Servers are replaced one by one, and all read one log."""
    ada = await somebody()
    project = await create_project(ada, NewProject(title="Launch"))
    row = await EventRow.get(room=project_room(project.id))
    row.body["a_field_of_next_year"] = {"new": True}
    await row.save()
    [event] = await read_log(project_room(project.id), after=0, limit=10)
    assert (event.seq, event.type) == (1, "project_created")
