"""The fan-out by claim: each event is handed on once, in order, in few statements for many."""

import asyncio
import logging
from collections.abc import Iterator
from contextvars import Context

import pytest

from actions.projects import NewProject, create_project
from events.catalogue import TeamNotified
from events.log import LoggedEvent, open_stream, read_log, record
from events.names import project_room, user_room
from models.log import EventRow
from models.project import Project
from models.transaction import listen_to_commits, transaction
from models.user import User
from notifications.fanout import fan_out, rooms_behind

pytestmark = pytest.mark.usefixtures("database")


class Statements(logging.Handler):
    """Counts what the ORM sends to the database."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, _: logging.LogRecord) -> None:
        self.count += 1


@pytest.fixture
def statements() -> Iterator[Statements]:
    counter, log = Statements(), logging.getLogger("tortoise.db_client")
    before = log.level
    log.setLevel(logging.DEBUG)
    log.addHandler(counter)
    yield counter
    log.removeHandler(counter)
    log.setLevel(before)


async def people(count: int) -> list[User]:
    await User.bulk_create(
        User(username=f"u{number}", email=f"u{number}@example.com", password_hash="-")
        for number in range(count)
    )
    everybody = await User.all().order_by("id")
    async with transaction():
        for person in everybody:
            await open_stream(user_room(person.id))
    return everybody


async def a_project(owner: User) -> Project:
    view = await create_project(owner, NewProject(title="Launch"))
    while await fan_out(project_room(view.id)):
        pass
    return await Project.get(id=view.id)


async def tell(project: Project, actor: User, concerned: list[User], title: str) -> None:
    async with transaction():
        event = TeamNotified(
            type="told", title=title, message="", data={}, concerns=tuple(p.id for p in concerned)
        )
        await record(project, event, actor=actor, exclude_user=actor)


async def log_of(person: User) -> list[LoggedEvent]:
    return await read_log(user_room(person.id), after=0, limit=1000)


async def test_a_copy_says_what_the_event_said_but_for_the_actor_who_knows() -> None:
    ada, jane = await people(2)
    project = await a_project(ada)
    await tell(project, ada, [ada, jane], "Hello")
    assert await fan_out(project_room(project.id)) == 1

    original = (await read_log(project_room(project.id), after=1, limit=1))[0]
    hers, own = (await log_of(jane))[-1], (await log_of(ada))[-1]
    assert (hers.event_id, hers.notice) == (original.event_id, original.notice)
    assert own.notice is None
    for copy in (hers, own):
        assert (copy.concerns, copy.exclude_user, copy.facts) == ((), None, {})


async def test_a_thousand_people_cost_as_many_statements_as_two(statements: Statements) -> None:
    crowd = await people(1000)
    project = await a_project(crowd[0])
    counts = []
    for concerned in (crowd[:2], crowd):
        await tell(project, crowd[0], concerned, "Hello")
        before = statements.count
        assert await fan_out(project_room(project.id)) == 1
        counts.append(statements.count - before)
    assert counts[0] == counts[1] <= 6
    assert await EventRow.filter(origin_id__isnull=False).count() == 1 + 2 + 1000
    assert [event.seq for event in await log_of(crowd[1])] == [1, 2]
    assert [event.seq for event in await log_of(crowd[-1])] == [1]


async def test_whoever_claims_the_rest_waits_for_nobody_and_does_nothing_twice() -> None:
    crowd = await people(12)
    projects = [await a_project(crowd[0]) for _ in range(4)]
    told: list[LoggedEvent] = []
    forget = listen_to_commits(told.extend)
    for number in range(15):
        for place, project in enumerate(projects):
            # Overlapping people in different orders, which deadlocks where locks have no order.
            concerned = crowd[place:] + crowd[:place]
            await tell(project, crowd[0], concerned[:: -1 if number % 2 else 1], f"{number}")

    async def hand_on() -> None:
        while behind := await rooms_behind():
            for room in sorted(behind):
                await fan_out(room)

    servers = [asyncio.create_task(hand_on(), context=Context()) for _ in range(4)]
    await asyncio.gather(*servers)
    forget()

    for person in crowd:
        events = await log_of(person)
        own = events[4 if person is crowd[0] else 0 :]  # she made the projects
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        for project in projects:
            titles = [e.notice["title"] for e in own if of(e, project) and e.notice]
            expected = [] if person is crowd[0] else [str(number) for number in range(15)]
            assert titles == expected
        assert len(own) == 60
    copies = [(event.room, event.seq) for event in told if event.room.startswith("user_")]
    assert len(copies) == len(set(copies)) == 12 * 60


def of(event: LoggedEvent, project: Project) -> bool:
    return bool(event.notice and event.notice["project_id"] == project.id)
