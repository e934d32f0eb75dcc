"""The log: each room's events, numbered 1, 2, 3 … without a hole, in the order they committed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

import uuid_utils

from events.catalogue import Event
from events.hooks import notice_of
from events.names import project_room, user_of, user_room
from events.views import iso_utc, view_person, view_project
from models.database import execute_for
from models.log import EventRow, Stream, next_seq
from models.project import Project
from models.transaction import current_transaction
from models.user import User

Body = dict[str, Any]
POSITIONS = """
    SELECT streams.room, streams.head, events.event_id FROM {places}
    JOIN streams ON streams.room = place.room
    LEFT JOIN events ON events.room = place.room AND events.seq = place.seq
"""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in a room's log.

    state: the state frame without room and seq, or None (the cursor frame is then `room_head`)
    notice: the `notification_received` frame without room and seq, or None
    exclude_user: id of the person who is not notified (the actor), or None
    concerns: ids of people who are told on their own room
    facts: what the server acts on, never sent
    """

    room: str
    seq: int
    event_id: str
    type: str
    state: Body | None
    notice: Body | None
    exclude_user: int | None
    concerns: tuple[int, ...]
    facts: Body

    @classmethod
    def from_row(cls, row: EventRow) -> Self:
        """Fields that a newer version wrote are left out: servers are replaced one by one."""
        known = {field.name for field in fields(cls)}
        body = {name: value for name, value in row.body.items() if name in known}
        body["concerns"] = tuple(body["concerns"])
        return cls(row.room, row.seq, str(row.event_id), row.type, **body)

    def copy_for(self, user_id: int, seq: int) -> "LoggedEvent":
        """This event of a project as it stands in the log of a person it concerns."""
        left = self.facts.get("removes_user") == user_id and self.state
        return replace(
            self,
            room=user_room(user_id),
            seq=seq,
            notice=None if user_id == self.exclude_user else self.notice,
            exclude_user=None,
            concerns=(),
            facts={"left_project": left["project_id"]} if left else {},
        )

    def body(self) -> Body:
        place = ("room", "seq", "event_id", "type")
        return {name: value for name, value in asdict(self).items() if name not in place}


class Position(NamedTuple):
    """Where a log stands, and the event at the seq that was asked about; None: not kept."""

    head: int
    event_id: str | None


async def open_stream(room: str) -> None:
    """Begin a room's log, in the transaction that makes the room's subject."""
    await Stream.create(room=room)


async def lock_stream(room: str) -> Stream | None:
    """Wait for the other writers of this room and hold it until the transaction ends.

    None where there is no such room.
    """
    return await Stream.filter(room=room).select_for_update().get_or_none()


async def record(
    project: Project, event: Event, *, actor: User, exclude_user: User | None
) -> LoggedEvent:
    """Append an event to the project's log, inside the `transaction()` of the change it tells of.

    `actor` is who did it; `exclude_user` is who is not notified of it (None excludes nobody).
    """
    view = view_project(project)
    event_id, now = str(uuid_utils.uuid7()), datetime.now(UTC)
    notice = notice_of(event, view)
    frame = notice and {
        "type": "notification_received",
        "title": notice.title,
        "message": notice.message,
        "event_type": event.type,
        "timestamp": iso_utc(now),
        "actor": view_person(actor).model_dump(mode="json"),
        "project_id": view.id,
        "project_title": view.title,
        "data": notice.data,
        "notification_id": event_id,
    }
    draft = _draft(project_room(project.id), event, event_id)
    excluded = exclude_user.id if exclude_user else None
    return await _append(replace(draft, notice=frame, exclude_user=excluded))


async def record_for_user(user_id: int, event: Event) -> LoggedEvent:
    """Append an event to a person's own log."""
    return await _append(_draft(user_room(user_id), event, str(uuid_utils.uuid7())))


async def read_log(room: str, *, after: int, limit: int) -> list[LoggedEvent]:
    """The room's events above `after`, in order, at most `limit`.

    They are dense (after+1, after+2, …) unless the log was trimmed: see `rooms/cursor.py`.
    """
    rows = (
        await EventRow.filter(room=room, seq__gt=after)
        .select_related("origin")
        .order_by("seq")
        .limit(limit)
    )
    return [event for row in rows if (event := _read_row(row))]


async def look_up(delivered: Mapping[str, int]) -> dict[str, Position]:
    """Where these logs stand, and what is at the seq that each was delivered up to; one query."""
    places = [{"room": room, "seq": seq} for room, seq in delivered.items()]
    rows = await execute_for(places, POSITIONS, room="text", seq="bigint")
    return {
        row["room"]: Position(row["head"], row["event_id"] and str(row["event_id"])) for row in rows
    }


async def heads(rooms: Iterable[str]) -> dict[str, int]:
    """The last seq of each room, in one query; an unknown room is missing from the answer."""
    pairs = await Stream.filter(room__in=list(rooms)).values_list("room", "head")
    return {str(room): int(head) for room, head in pairs}


def _read_row(row: EventRow) -> LoggedEvent | None:
    """None where the event that a copy tells of was trimmed: the copy is as good as trimmed."""
    if row.origin_id is None:
        return LoggedEvent.from_row(row)
    if row.origin is None:
        return None
    return LoggedEvent.from_row(row.origin).copy_for(user_of(row.room), row.seq)


def _draft(room: str, event: Event, event_id: str) -> LoggedEvent:
    return LoggedEvent(
        room=room,
        seq=0,
        event_id=event_id,
        type=event.type,
        state=event.state(),
        notice=None,
        exclude_user=None,
        concerns=event.concerns,
        facts=event.facts(),
    )


async def _append(draft: LoggedEvent) -> LoggedEvent:
    """Give the event its place: the room's next seq, under the lock of its stream."""
    transaction = current_transaction()
    if transaction is None:
        raise RuntimeError("An event is recorded inside transaction(), with the change it tells of")
    seq = await next_seq(draft.room)
    if seq is None:
        raise LookupError(f"{draft.room} has no log: open_stream() makes one with the room")
    logged = replace(draft, seq=seq)
    await EventRow.create(
        room=logged.room,
        seq=logged.seq,
        event_id=UUID(logged.event_id),
        type=logged.type,
        body=logged.body(),
        created_at=datetime.now(UTC),
    )
    transaction.recorded.append(logged)
    return logged
