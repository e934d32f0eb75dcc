"""A dashboard's picture of one project: a snapshot, kept up to date by cursor frames alone."""

from tests.support.people import JSON, Person


class Mirror:
    """What somebody who applies each frame of the room, in order, knows."""

    def __init__(self, snapshot: JSON) -> None:
        self.picture = {
            "project": snapshot["project"],
            "milestones": {row["id"]: row for row in snapshot["milestones"]},
            "members": {row["user_id"]: row for row in snapshot["members"]},
        }

    def apply(self, frame: JSON) -> None:
        view = {k: v for k, v in frame.items() if k not in ("type", "action", "room", "seq")}
        match frame:
            case {"type": "milestone_changed", "action": action, "id": key}:
                self._put("milestones", key, view, action)
            case {"type": "team_member_changed", "action": action, "user_id": key}:
                self._put("members", key, view, action)
            case {"type": "project_updated", "action": "deleted"}:
                self.picture["project"] = None
            case {"type": "project_updated"}:
                del view["project_id"]
                self.picture["project"] = view

    def _put(self, noun: str, key: int, view: JSON, action: str) -> None:
        if action == "deleted":
            del self.picture[noun][key]
        else:
            self.picture[noun][key] = view


async def rest_snapshot(person: Person, project_id: int) -> JSON:
    """What REST tells this person of the project now, each list in REST's order."""
    path = f"projects/{project_id}/"
    return {
        "project": await person.get(path),
        "milestones": (await person.get(f"{path}milestones/?limit=100"))["items"],
        "members": (await person.get(f"{path}members/?limit=100"))["items"],
    }
