"""For every action: what a client knew, plus the events, is what a client that asks now is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.clients import PlainClient
from tests.support.mirror import Mirror, rest_snapshot
from tests.support.people import JSON, Person, Town


class Stage:
    """A project with people, milestones, and somebody who watches."""

    def __init__(self, owner: Person, watcher: Person, spare: Person, project: JSON) -> None:
        self.owner = owner
        self.watcher = watcher
        self.spare = spare
        self.path = f"projects/{project['id']}/"
        self.room = f"project_{project['id']}"
        self.project = project
        self.milestone: JSON = {}
        self.client: PlainClient

    async def snapshot(self) -> JSON:
        """What REST tells the watcher now."""
        return await rest_snapshot(self.watcher, self.project["id"])

    async def subscribe(self) -> Mirror:
        """Watch the project, from the snapshot in the answer on."""
        answer = await self.client.subscribe(self.project["id"], snapshot=True)
        assert answer["snapshot"] == await self.snapshot()
        return Mirror(answer["snapshot"])


@pytest.fixture
async def stage(town: Town) -> Stage:
    owner, watcher, spare = await town.people("owner", "watcher", "spare")
    stage = Stage(owner, watcher, spare, await town.project(owner, watcher))
    stage.milestone = await owner.post(f"{stage.path}milestones/", {"title": "Sprint"})
    stage.client = await watcher.on_plain()
    return stage


Act = Callable[[Stage], Awaitable[Any]]

ACTIONS: dict[str, Act] = {
    "create_milestone": lambda s: s.owner.post(f"{s.path}milestones/", {"title": "Launch"}),
    "create_milestone, complete at once": lambda s: s.owner.post(
        f"{s.path}milestones/", {"title": "Launch", "progress": 100}
    ),
    "update_milestone": lambda s: s.owner.patch(
        f"{s.path}milestones/{s.milestone['id']}/", {"progress": 40, "due_date": "2027-01-31"}
    ),
    "complete_milestone": lambda s: s.owner.patch(
        f"{s.path}milestones/{s.milestone['id']}/", {"status": "completed"}
    ),
    "delete_milestone": lambda s: s.owner.delete(f"{s.path}milestones/{s.milestone['id']}/"),
    "add_member": lambda s: s.owner.post(
        f"{s.path}members/", {"user_id": s.spare.id, "role": "viewer", "capacity": 20}
    ),
    "update_member": lambda s: s.owner.patch(
        f"{s.path}members/{s.watcher.id}/", {"role": "manager", "capacity": 60}
    ),
    "update_profile": lambda s: s.owner.patch("me/", {"first_name": "Renamed"}),
    "update_project": lambda s: s.owner.patch(s.path, {"title": "Renamed", "progress": 55}),
    "replace_project": lambda s: s.owner.put(s.path, {"title": "Replaced"}),
    "publish_to_team": lambda s: s.owner.post(
        f"{s.path}notify/", {"event_type": "deployed", "title": "Deployed"}
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_old_snapshot_and_events_make_the_new_snapshot(stage: Stage, action: str) -> None:
    mirror = await stage.subscribe()

    await ACTIONS[action](stage)

    await _apply_until_head(stage, mirror)
    assert mirror.picture == Mirror(await stage.snapshot()).picture


async def test_remove_member_takes_the_watcher_out_of_the_picture(stage: Stage) -> None:
    await stage.owner.post(f"{stage.path}members/", {"user_id": stage.spare.id})
    mirror = await stage.subscribe()

    await stage.owner.delete(f"{stage.path}members/{stage.spare.id}/")

    await _apply_until_head(stage, mirror)
    assert mirror.picture == Mirror(await stage.snapshot()).picture


async def test_create_project_is_told_on_ones_own_room(stage: Stage) -> None:
    project = await stage.owner.post(
        "projects/", {"title": "Another", "members": [{"user_id": stage.watcher.id}]}
    )
    frame = await stage.client.hears("project_updated", action="created", id=project["id"])
    known = {row["id"]: row for row in [stage.project, {k: frame[k] for k in project}]}
    listed = (await stage.watcher.get("projects/?limit=100"))["items"]
    assert known == {row["id"]: row for row in listed}


async def test_delete_and_restore_project_leave_what_was_there(stage: Stage) -> None:
    mirror = await stage.subscribe()

    await stage.owner.delete(stage.path)
    deleted = await stage.client.hears("project_updated", action="deleted")
    mirror.apply(deleted)
    assert mirror.picture["project"] is None
    assert (await stage.watcher.call("GET", stage.path)).status_code == 404

    await stage.owner.post(f"{stage.path}restore/")
    mirror.apply(await stage.client.hears("project_updated", action="restored"))
    assert mirror.picture == Mirror(await stage.snapshot()).picture


async def _apply_until_head(stage: Stage, mirror: Mirror) -> None:
    """Apply every cursor frame of the room, in order, up to its head."""
    receipt = await stage.owner.post(
        f"{stage.path}notify/", {"event_type": "end_of_test", "title": "End"}
    )
    await stage.client.hears("room_head", seq=receipt["seq"])
    frames = [f for f in stage.client.frames if f.get("room") == stage.room]
    cursor_frames = [f for f in frames if f["type"] != "notification_received"]
    first = receipt["seq"] - len(cursor_frames)
    assert [f["seq"] for f in cursor_frames] == list(range(first, receipt["seq"]))
    assert cursor_frames, "the action was no event"
    for frame in cursor_frames:
        mirror.apply(frame)
