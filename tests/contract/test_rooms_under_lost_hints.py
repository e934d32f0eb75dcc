"""The real rooms, whatever becomes of hints: each ear hears all after its cursor, in order, once.

Hints come in any order, twice, late or never; ears come, go and come back with their cursors, also
while they are still on their way in. The wire and the client are ours; the rest is as on a server.
(tests/pure/test_cursor_model.py has the rule alone, with a log that is trimmed and restored.)
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tortoise.backends.base.executor import EXECUTOR_CACHE

from actions.accounts import create_user
from actions.projects import NewProject, create_project
from events.log import LoggedEvent
from models.database import close_database, migrate_database, open_database
from models.transaction import listen_to_commits
from models.user import User
from rooms.frames import Frame
from tests.support.ear import Ear
from tests.support.house import House

TABS = 3
TAB = st.integers(0, TABS - 1)
LATE = st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 5, 9]), max_size=5)
"""The hints that arrive after a commit, each as how many events it is behind the newest."""
STEP = st.one_of(
    st.tuples(st.just("commit"), st.integers(1, 4), LATE),
    st.tuples(st.just("commit"), st.integers(1, 4), LATE),
    st.tuples(st.just("come"), TAB),
    st.tuples(st.just("come"), TAB),
    st.tuples(st.just("go"), TAB),
    st.tuples(st.just("compare")),
    st.tuples(st.just("rest"), st.integers(0, 3)),
)
Step = tuple[Any, ...]


class Line(Ear):
    """A connection that its client may end, also in the middle of a replay."""

    def send(self, frame: Frame) -> None:
        if not self.closed:
            super().send(frame)


class Tab:
    """A client that goes on from the last seq it heard, on one line after the other."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: list[Line] = []
        self._coming: list[asyncio.Task[None]] = []

    @property
    def heard(self) -> list[int]:
        return [seq for line in self._lines for seq in line.cursors()]

    @property
    def here(self) -> bool:
        return bool(self._lines) and not self._lines[-1].closed

    def come(self) -> None:
        line = Line(self._house.owner.id)
        since = (self.heard or [0])[-1]
        entering = self._house.doorkeeper.subscribe(
            line, self._house.project_id, line.answer, since=since
        )
        self._lines.append(line)
        self._coming.append(asyncio.create_task(entering, context=Context()))

    def go(self) -> None:
        self._lines[-1].closed = True
        self._house.rooms.leave_all(self._lines[-1])

    async def is_in(self) -> None:
        if not self.here:
            self.come()
        await asyncio.gather(*self._coming)

    async def has_heard_all(self, head: int) -> None:
        earlier = len(self.heard) - len(self._lines[-1].cursors())
        await self._lines[-1].has_heard(list(range(earlier + 1, head + 1)))
        assert self.heard == list(range(1, head + 1))
        assert not any(line.resyncs() for line in self._lines)


@pytest.fixture(scope="module")
async def ada(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[User]:
    url = f"sqlite://{tmp_path_factory.mktemp('rooms') / 'roomcast.db'}"
    EXECUTOR_CACHE.clear()
    await open_database(url)
    await migrate_database(url)
    yield await create_user(username="ada", email="ada@example.com", password_hash="-")
    await close_database()


@contextmanager
def noting() -> Iterator[list[LoggedEvent]]:
    """What commits, as a relay would be told of it."""
    log: list[LoggedEvent] = []
    forget = listen_to_commits(log.extend)
    try:
        yield log
    finally:
        forget()


async def take(step: Step, house: House, tabs: list[Tab], log: list[LoggedEvent]) -> None:
    match step:
        case ("commit", times, late):
            await house.changes(times)
            house.hint([log[-1 - min(by, len(log) - 1)] for by in late])
        case ("come", number) if not tabs[number].here:
            tabs[number].come()
        case ("go", number) if tabs[number].here:
            tabs[number].go()
        case ("compare",):
            house.fanout.compare_soon()
        case ("rest", milliseconds):
            await asyncio.sleep(milliseconds / 1000)


# Not shrunk: each example that fails waits for what does not come.
@settings(max_examples=30, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(steps=st.lists(STEP, min_size=8, max_size=25))
async def test_whatever_becomes_of_hints_everybody_hears_everything_once_and_in_order(
    ada: User, steps: list[Step]
) -> None:
    with noting() as log:
        project = await create_project(ada, NewProject(title="Launch"))
        house = House(ada, project.id, interval=60)
        tabs = [Tab(house) for _ in range(TABS)]
        async with house.comparing():
            for step in steps:
                await take(step, house, tabs, log)
            for tab in tabs:
                await tab.is_in()
            await house.changes(1)
            house.fanout.compare_soon()
            for tab in tabs:
                await tab.has_heard_all(len(log))
