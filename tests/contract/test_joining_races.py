"""Snapshot, answer, replay, live, on PostgreSQL; in one file, as all share a team and its steps.

What happens between any two of these steps? They are the real ones; each is only told to wait
while something happens on another connection: a removal, a burst of changes, or a deletion.
(G5, G7)
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from actions.accounts import create_user
from actions.members import remove_member
from actions.milestones import MilestoneChanges, NewMilestone, create_milestone, update_milestone
from actions.projects import (
    NewMember,
    NewProject,
    create_project,
    delete_project,
    restore_project,
)
from models.database import close_database, open_database
from models.project import Project
from models.refusals import NotFound
from models.transaction import listen_to_commits
from models.user import User
from rooms.snapshot import view_everything
from tests.conftest import NewDatabase
from tests.support.bus import comes_true
from tests.support.ear import Ear
from tests.support.house import House
from tests.support.steps import Steps

SETTLED = 0.15
"""Seconds: several comparisons of heads."""
Happening = Callable[["Team"], Awaitable[None]]


class Team(House):
    """A project with an owner who acts and a member who is about to watch it."""

    def __init__(self, owner: User, member: User, project_id: int, milestone_id: int) -> None:
        super().__init__(owner, project_id)
        self.member, self.milestone_id = member, milestone_id

    async def changes(self, times: int) -> None:
        for _ in range(times):
            change = MilestoneChanges(title=self.new_title())
            await update_milestone(self.owner, self.project_id, self.milestone_id, change)


@pytest.fixture(scope="module")
async def postgres(new_postgres_database: NewDatabase) -> AsyncIterator[None]:
    EXECUTOR_CACHE.clear()
    await open_database(new_postgres_database())
    yield
    await close_database()


async def somebody(name: str) -> User:
    username = f"{name}_{secrets.token_hex(4)}"
    return await create_user(username=username, email=f"{username}@example.com", password_hash="-")


@pytest.fixture
async def team(postgres: None) -> AsyncIterator[Team]:  # noqa: ARG001 - it is open meanwhile
    ada, jane = await somebody("ada"), await somebody("jane")
    with_jane = NewProject(title="Launch", members=(NewMember(user_id=jane.id),))
    project = await create_project(ada, with_jane)
    milestone = await create_milestone(ada, project.id, NewMilestone(title="Beta"))
    team = Team(ada, jane, project.id, milestone.id)
    await team.changes(3)
    async with team.comparing():
        yield team


async def removal(team: Team) -> None:
    await team.changes(1)
    await remove_member(team.owner, team.project_id, team.member.id)
    await team.changes(2)


async def burst(team: Team) -> None:
    await asyncio.gather(*(team.changes(5) for _ in range(4)))


async def deletion(team: Team) -> None:
    await team.changes(1)
    await delete_project(team.owner, team.project_id)
    await restore_project(team.owner, team.project_id)
    await team.changes(1)


ENTERING: dict[str, Callable[[Steps], None]] = {
    "before the head and the right are asked for": lambda steps: steps.before("require_head"),
    "after the head and the right are asked for": lambda steps: steps.after("require_head"),
}
SHOWING: dict[str, Callable[[Steps], None]] = {
    "between the snapshot and the answer": lambda steps: steps.after_the_snapshot(),
}
REPLAYING: dict[str, Callable[[Steps], None]] = {
    "between the answer and the replay": lambda steps: steps.before("read_log"),
    "between reading the replay and sending it": lambda steps: steps.after("read_log"),
}
"""Steps that nobody takes who comes without a cursor and has missed nothing."""
ONLY = {**dict.fromkeys(SHOWING, "from a snapshot"), **dict.fromkeys(REPLAYING, "from a cursor")}
"""The beginning that takes a step which the others do not."""
IN: dict[str, Callable[[Steps], None]] = {"when it is in": lambda _: None}
BEGINNINGS: dict[str, dict[str, Any]] = {
    "from now": {},
    "from a cursor": {"since": 2},
    "from a snapshot": {"snapshot": True},
}


def at(steps: dict[str, Callable[[Steps], None]]) -> pytest.MarkDecorator:
    """Each of these steps, with each beginning that takes it."""
    return pytest.mark.parametrize(
        ("at_step", "beginning"),
        [
            pytest.param(steps[step], BEGINNINGS[beginning], id=f"{step}, {beginning}")
            for step, beginning in itertools.product(steps, BEGINNINGS)
            if ONLY.get(step, beginning) == beginning
        ],
    )


with_or_without_hints = pytest.mark.parametrize("hinted", [True, False], ids=["hints", "none"])


@pytest.fixture
def hints(team: Team, hinted: bool) -> Iterator[None]:  # noqa: FBT001 - a parameter of the test
    forget = listen_to_commits(team.hint) if hinted else None
    yield
    if forget:
        forget()


async def joins(team: Team, beginning: dict[str, Any]) -> tuple[Ear, bool]:
    """Subscribe, let everything settle; the ear, and whether it was let in."""
    ear = Ear(team.member.id)
    try:
        await team.doorkeeper.subscribe(ear, team.project_id, ear.answer, **beginning)
        welcome = True
    except NotFound:
        welcome = False
    await team.changes(1)
    await asyncio.sleep(SETTLED)
    return ear, welcome


@at({**ENTERING, **SHOWING, **REPLAYING})
@with_or_without_hints
@pytest.mark.usefixtures("hints")
async def test_a_burst_is_neither_missed_nor_heard_twice(
    team: Team,
    monkeypatch: pytest.MonkeyPatch,
    at_step: Callable[[Steps], None],
    beginning: dict[str, Any],
) -> None:
    steps = Steps(monkeypatch, partial(burst, team))
    at_step(steps)
    ear, welcome = await joins(team, beginning)
    assert welcome
    assert steps.happened
    [ack] = ear.acks()
    start: int = beginning["since"] if "since" in beginning else ack["seq"]
    assert ear.cursors() == list(range(start + 1, 5 + 20 + 1 + 1))
    assert ear.notices() == ear.cursors()
    if "snapshot" in ack:
        shown = {row["id"]: row for row in ack["snapshot"]["milestones"]}
        for frame in ear.frames:
            if frame["type"] == "milestone_changed":
                shown[frame["id"]] = {key: frame[key] for key in shown[frame["id"]]}
        fresh = await view_everything(await Project.get(id=team.project_id))
        assert list(shown.values()) == fresh["milestones"]


@at({**ENTERING, **SHOWING, **REPLAYING, **IN})
@with_or_without_hints
@pytest.mark.parametrize(
    ("happening", "watched"),
    [(removal, False), (removal, True), (deletion, False)],
    ids=["removal", "removal while another watches", "deletion"],
)
@pytest.mark.usefixtures("hints")
async def test_whoever_loses_the_right_on_the_way_in_hears_nothing_after_it(
    team: Team,
    monkeypatch: pytest.MonkeyPatch,
    at_step: Callable[[Steps], None],
    beginning: dict[str, Any],
    happening: Happening,
    watched: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    watcher = await team.arrives() if watched else None  # else the room is gone with the removed
    steps = Steps(monkeypatch, partial(happening, team))
    at_step(steps)
    ear, welcome = await joins(team, beginning)
    last = 7  # the removal or deletion: five events and a change came before it
    if not steps.happened:
        assert welcome
        await steps.happen()
        await asyncio.sleep(SETTLED)
        last = 8
    room = team.rooms.get(team.room)
    heard = ear.cursors()
    head = int(ear.acks()[0]["seq"]) if welcome else 0
    start = int(beginning.get("since", head)) + 1
    if happening is deletion and head > last:  # it came when all was over: the right is back
        assert heard == list(range(start, last + 4))
        return
    assert room is None or team.member.id not in room.people
    assert heard == list(range(start, start + len(heard)))
    assert all(seq <= last for seq in (*heard, *ear.notices()))
    if welcome and (not heard or heard[-1] < last):
        assert ear.resyncs() == [("forbidden", last)]
    if watcher:
        assert watcher.cursors() == list(range(6, 11)), "others hear on"


COMING_BACK: dict[str, Callable[[Steps], None]] = {
    "before the heads and the rights are asked for": lambda steps: steps.before("heads_for_member"),
    "after the heads and the rights are asked for": lambda steps: steps.after("heads_for_member"),
    **REPLAYING,
}
coming_back = pytest.mark.parametrize("at_step", COMING_BACK.values(), ids=COMING_BACK.keys())


async def comes_back(team: Team) -> Ear:
    """Resume with a cursor for a room that is there and one for a room that is not."""
    ear = Ear(team.member.id)
    await team.doorkeeper.resume(ear, {"project_999999": 1, team.room: 2})
    await team.changes(1)
    return ear


@coming_back
@with_or_without_hints
@pytest.mark.usefixtures("hints")
async def test_whoever_comes_back_in_a_burst_misses_nothing(
    team: Team, monkeypatch: pytest.MonkeyPatch, at_step: Callable[[Steps], None]
) -> None:
    steps = Steps(monkeypatch, partial(burst, team))
    at_step(steps)
    ear = await comes_back(team)
    assert steps.happened
    await ear.has_heard(list(range(3, 5 + 20 + 1 + 1)))
    assert ear.resyncs() == [("forbidden", 1)]


@coming_back
@with_or_without_hints
@pytest.mark.usefixtures("hints")
async def test_whoever_is_removed_while_coming_back_hears_nothing_after_it(
    team: Team, monkeypatch: pytest.MonkeyPatch, at_step: Callable[[Steps], None]
) -> None:
    steps = Steps(monkeypatch, partial(removal, team))
    at_step(steps)
    ear = await comes_back(team)
    assert steps.happened
    await comes_true(lambda: team.rooms.get(team.room) is None)  # nobody is in it or holds it open
    heard = ear.cursors()
    assert heard == list(range(3, 3 + len(heard)))
    assert max(heard, default=0) <= 7
    if 7 not in heard:
        assert ear.resyncs()[1] == ("forbidden", 7 if heard else 2)
