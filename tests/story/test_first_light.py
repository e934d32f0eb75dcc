"""A change made over REST reaches the whole team, live, in the words of seed 003's reference."""

import asyncio
import re
from typing import Any

from tests.support.clients import Client
from tests.support.people import JSON, Person, Town

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


class Team:
    """Three members on three kinds of client, an outsider, and what they heard so far."""

    def __init__(self, project: JSON, ada: Person, clients: list[Client]) -> None:
        self.project = project
        self.ada = ada
        self.actors, self.watchers = clients[:1], clients[1:]
        self.seq = 1  # project_created

    async def all_hear_state(self, kind: str, action: str, view: JSON) -> None:
        """Everybody, the actor too, hears the state frame: the view REST returns, and its place."""
        self.seq += 1
        place = {"room": f"project_{self.project['id']}", "seq": self.seq}
        expected = {
            "type": kind,
            "action": action,
            "project_id": self.project["id"],
            **view,
            **place,
        }
        for client in [*self.actors, *self.watchers]:
            assert await client.hears(kind, seq=self.seq) == expected

    async def others_are_told(
        self,
        event_type: str,
        title: str,
        message: str,
        data: JSON,
        *,
        to: list[Client] | None = None,
    ) -> None:
        """Everybody but the actor hears seed 003's frame, field by field."""
        for client in self.watchers if to is None else to:
            frame = await client.hears("notification_received")
            assert MOMENT.match(frame.pop("timestamp"))
            assert len(frame.pop("notification_id")) == 36
            assert (frame.pop("room"), frame.pop("seq")) == (
                f"project_{self.project['id']}",
                self.seq,
            )
            assert frame == self.reference(event_type, title, message, data)

    def reference(self, event_type: str, title: str, message: str, data: JSON) -> JSON:
        return {
            "type": "notification_received",
            "title": title,
            "message": message,
            "event_type": event_type,
            "actor": self.ada.as_actor,
            "project_id": self.project["id"],
            "project_title": self.project["title"],
            "data": data,
        }


def about(frame: JSON) -> JSON:
    """A notification without what differs from one delivery to the next."""
    varying = ("timestamp", "notification_id", "room", "seq")
    return {key: value for key, value in frame.items() if key not in varying}


async def test_every_event_reaches_every_kind_of_client(town: Town) -> None:
    ada, jane, grace, outsider = await town.people("ada", "jane", "grace", "mallory")
    newcomer = await town.person("newcomer")
    hers: Client = await ada.on_node()
    his: Client = await jane.on_python()
    theirs: Client = await grace.on_plain()
    strangers: list[Client] = [await outsider.on_node(), await outsider.on_python()]
    strangers.append(await outsider.on_plain())
    newcomers = await newcomer.on_plain()

    # project_created is heard by those named at creation, each on their own room.
    project = await town.project(ada, jane, grace)
    team = Team(project, ada, [hers, his, theirs])
    created = {"id": project["id"], "title": project["title"], "status": "active"}
    told = team.reference(
        "project_created",
        "Project Created",
        "Project 'Mobile App Development' has been created",
        created,
    )
    state = {"type": "project_updated", "action": "created", "project_id": project["id"], **project}
    for person, client in ((ada, hers), (jane, his), (grace, theirs)):
        place = {"room": f"user_{person.id}", "seq": 1}
        assert await client.hears("project_updated") == {**state, **place}
    for client in (his, theirs):
        assert about(await client.hears("notification_received")) == told

    for client in (hers, his, theirs):
        room = f"project_{project['id']}"
        assert await client.subscribe(project["id"]) == {"ok": True, "room": room, "seq": 1}
    for client in strangers:
        answer = await client.ask("subscribe_project", project_id=project["id"])
        assert answer["error"]["code"] == "project_not_found"

    await _milestones_come_and_go(team)
    await _members_come_and_go(team, newcomer, newcomers)
    await _the_project_changes_and_goes(team)

    everybody = [hers, his, theirs, newcomers, *strangers]
    await asyncio.gather(*(client.hears_nothing() for client in everybody))


async def _milestones_come_and_go(team: Team) -> None:
    path = f"projects/{team.project['id']}/milestones/"
    milestone = await team.ada.post(path, {"title": "Sprint Planning"})
    data = {"id": milestone["id"], "title": "Sprint Planning", "progress": 0}
    await team.all_hear_state("milestone_changed", "created", milestone)
    await team.others_are_told(
        "milestone_created",
        "Milestone Created",
        "Milestone 'Sprint Planning' has been created",
        data,
    )

    path = f"{path}{milestone['id']}/"
    milestone = await team.ada.patch(path, {"title": "Sprint 1", "progress": 60})
    data |= {"title": "Sprint 1", "progress": 60}
    await team.all_hear_state("milestone_changed", "updated", milestone)
    await team.others_are_told(
        "milestone_updated", "Milestone Updated", "Milestone 'Sprint 1' has been updated", data
    )

    milestone = await team.ada.patch(path, {"progress": 100})
    assert milestone["status"] == "completed"
    data["progress"] = 100
    await team.all_hear_state("milestone_changed", "updated", milestone)
    await team.others_are_told(
        "milestone_updated", "Milestone Updated", "Milestone 'Sprint 1' has been updated", data
    )
    team.seq += 1  # the event that has no state moves the cursor with a frame of its own
    head = {"type": "room_head", "room": f"project_{team.project['id']}", "seq": team.seq}
    for client in [*team.actors, *team.watchers]:
        assert await client.hears("room_head") == head
    await team.others_are_told(
        "milestone_completed",
        "Milestone Completed",
        "Milestone 'Sprint 1' has been completed",
        data,
    )

    await team.ada.delete(path)
    milestone["version"] += 1
    await team.all_hear_state("milestone_changed", "deleted", milestone)
    data = {"id": milestone["id"], "title": "Sprint 1"}
    await team.others_are_told(
        "milestone_deleted", "Milestone Deleted", "Milestone 'Sprint 1' has been deleted", data
    )


async def _members_come_and_go(team: Team, newcomer: Person, newcomers: Client) -> None:
    path = f"projects/{team.project['id']}/members/"
    title = team.project["title"]
    member = await team.ada.post(path, {"user_id": newcomer.id, "role": "viewer", "capacity": 50})
    data: dict[str, Any] = {"user_id": newcomer.id, "role": "viewer", "capacity": 50}
    text = f"A new team member has been added to '{title}'"
    await team.all_hear_state("team_member_changed", "created", member)
    await team.others_are_told("team_member_added", "Team Member Added", text, data)
    # The person concerned hears it too, on their own room.
    heard = await newcomers.hears("team_member_changed")
    own = {"type": "team_member_changed", "action": "created", "room": f"user_{newcomer.id}"}
    assert heard == {**member, **own, "seq": 1}
    told = about(await newcomers.hears("notification_received"))
    assert told == team.reference("team_member_added", "Team Member Added", text, data)

    member = await team.ada.patch(f"{path}{newcomer.id}/", {"role": "member", "capacity": 80})
    data |= {"role": "member", "capacity": 80}
    await team.all_hear_state("team_member_changed", "updated", member)
    text = f"A team member has been updated in '{title}'"
    await team.others_are_told("team_member_updated", "Team Member Updated", text, data)

    await team.ada.delete(f"{path}{newcomer.id}/")
    member["version"] += 1
    await team.all_hear_state("team_member_changed", "deleted", member)
    text = f"A team member has been removed from '{title}'"
    await team.others_are_told(
        "team_member_removed", "Team Member Removed", text, {"user_id": newcomer.id}
    )
    heard = await newcomers.hears("team_member_changed")
    assert heard == {**member, **own, "action": "deleted", "seq": 2}
    told = about(await newcomers.hears("notification_received"))
    assert told == team.reference(
        "team_member_removed", "Team Member Removed", text, {"user_id": newcomer.id}
    )


async def _the_project_changes_and_goes(team: Team) -> None:
    path = f"projects/{team.project['id']}/"
    project = await team.ada.patch(path, {"title": "Mobile App", "status": "on_hold"})
    data = {"id": project["id"], "title": "Mobile App", "status": "on_hold"}
    team.project = project
    await team.all_hear_state("project_updated", "updated", project)
    await team.others_are_told(
        "project_updated", "Project Updated", "Project 'Mobile App' has been updated", data
    )

    await team.ada.delete(path)
    team.seq += 1
    place = {"room": f"project_{project['id']}", "seq": team.seq, "project_id": project["id"]}
    gone = {**project, "type": "project_updated", "action": "deleted", **place}
    gone["version"] += 1
    for client in [*team.actors, *team.watchers]:
        frame = await client.hears("project_updated", seq=team.seq)
        assert MOMENT.match(frame["updated_at"])
        assert frame == {**gone, "updated_at": frame["updated_at"]}
    await team.others_are_told(
        "project_deleted",
        "Project Deleted",
        "Project 'Mobile App' has been deleted",
        {"id": project["id"], "title": "Mobile App"},
    )

    # Nobody is in the room of a deleted project any more, so each member hears on their own.
    restored = await team.ada.post(f"{path}restore/")
    for client in [*team.actors, *team.watchers]:
        frame = await client.hears("project_updated", action="restored")
        own = {"room": frame["room"], "seq": frame["seq"], "project_id": project["id"]}
        assert own["room"].startswith("user_")
        assert frame == {**restored, "type": "project_updated", "action": "restored", **own}
    told = team.reference(
        "project_restored", "Project Restored", "Project 'Mobile App' has been restored", data
    )
    for client in team.watchers:
        assert about(await client.hears("notification_received")) == told
