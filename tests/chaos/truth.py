"""What the log says happened, and whether it may say so: pure decisions over its rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from tests.chaos.writers import MARK, off
from tests.support.people import JSON


class Logged(NamedTuple):
    """A row of the log.

    origin: the id of the row that a copy in a person's room tells of; `body` is then that row's
    """

    id: int
    seq: int
    event_id: str
    type: str
    body: JSON
    created_at: datetime
    origin: int | None = None


@dataclass
class Truth:
    """What holds in the end.

    log: every event, by room, in order; snapshots: what REST shows, by room
    """

    log: Mapping[str, Sequence[Logged]]
    snapshots: Mapping[str, JSON]

    @cached_property
    def removals(self) -> Mapping[tuple[str, int], int]:
        """The seq that took a person off a project, by room and person."""
        return {
            (room, event.body["facts"]["removes_user"]): event.seq
            for room, event in _of_projects(self.log)
            if "removes_user" in event.body["facts"]
        }

    @cached_property
    def places(self) -> Mapping[str, tuple[str, int]]:
        """The room and seq of each project's events, by event id."""
        return {event.event_id: (room, event.seq) for room, event in _of_projects(self.log)}


def unlike_the_log(
    events: Counter[tuple[str, str]], log: Mapping[str, Sequence[Logged]]
) -> list[str]:
    """Changes that are in the log not just once, and rooms whose log is not 1, 2, 3 …"""
    logged = Counter(
        (event.type, marker)
        for _, event in _of_projects(log)
        if (marker := _marker(event)).startswith(MARK)
    )
    wrong = [
        f"{kind} '{marker}' is in the log {logged[kind, marker]} times instead of {times}"
        for (kind, marker), times in events.items()
        if logged[kind, marker] != times
    ]
    wrong += [f"{kind} '{marker}' was never asked for" for kind, marker in logged.keys() - events]
    for room, rows in log.items():
        if [event.seq for event in rows] != list(range(1, len(rows) + 1)):
            wrong.append(f"{room}: the log itself is not 1, 2, 3 …")
    return wrong


def miscopied(log: Mapping[str, Sequence[Logged]]) -> list[str]:
    """Events that do not stand once in the room of each person they concern, and nowhere else."""
    owed = Counter(
        (f"user_{person}", event.id)
        for _, event in _of_projects(log)
        for person in event.body["concerns"]
    )
    made = Counter((room, row.origin) for room, rows in log.items() for row in rows if row.origin)
    names = {event.id: f"{room} {event.seq} ({event.type})" for room, event in _of_projects(log)}
    return [
        f"{room}: {names.get(origin, origin)} was copied there {made[room, origin]} times "
        f"instead of {owed[room, origin]}"
        for room, origin in owed | made
        if made[room, origin] != owed[room, origin]
    ]


def _of_projects(log: Mapping[str, Sequence[Logged]]) -> Iterator[tuple[str, Logged]]:
    for room, rows in log.items():
        if room.startswith("project_"):
            yield from ((room, row) for row in rows)


def _marker(event: Logged) -> str:
    """The text of the change that this event tells of."""
    state, notice = event.body["state"], event.body["notice"]
    match event.type:
        case "project_updated":
            return str(state["description"])
        case "milestone_completed":
            return str(notice["data"]["title"])
        case "build_finished":
            return str(notice["title"])
        case "team_member_removed":
            return off(state["project_id"], state["user_id"])
    return str(state.get("title", ""))
