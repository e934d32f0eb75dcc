"""The log: each room's events, numbered 1, 2, 3 … without a hole, in the order they committed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import uuid_utils

from events.catalogue import Event
from events.hooks import notice_of
from events.names import project_room, user_room
from events.views import iso_utc, view_person, view_project
from models.log import EventRow, Stream
from models.project import Project
from models.transaction import current_transaction
from models.user import User

Body = dict[str, Any]


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
        body = {**row.body, "concerns": tuple(row.body["concerns"])}
        return cls(row.room, row.seq, str(row.event_id), row.type, **body)

    def body(self) -> Body:
        place = ("room", "seq", "event_id", "type")
        return {name: value for name, value in asdict(self).items() if name not in place}


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


async def copy_to_user(user_id: int, original: LoggedEvent) -> LoggedEvent:
    """Tell a person of a project's event on their own room, under the same event id."""
    left = original.facts.get("removes_user") == user_id and original.state
    return await _append(
        replace(
            original,
            room=user_room(user_id),
            notice=None if user_id == original.exclude_user else original.notice,
            exclude_user=None,
            concerns=(),
            facts={"left_project": left["project_id"]} if left else {},
        )
    )


async def read_log(room: str, *, after: int, limit: int) -> list[LoggedEvent]:
    """The room's events above `after`, in order, at most `limit`."""
    rows = await EventRow.filter(room=room, seq__gt=after).order_by("seq").limit(limit)
    return [LoggedEvent.from_row(row) for row in rows]


async def heads(rooms: Iterable[str]) -> dict[str, int]:
    """The last seq of each room, in one query; an unknown room is missing from the answer."""
    pairs = await Stream.filter(room__in=list(rooms)).values_list("room", "head")
    return {str(room): int(head) for room, head in pairs}


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
    stream = await lock_stream(draft.room)
    if stream is None:
        raise LookupError(f"{draft.room} has no log: open_stream() makes one with the room")
    stream.head += 1
    await stream.save(update_fields=["head"])
    logged = replace(draft, seq=stream.head)
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
