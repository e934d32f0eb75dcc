"""The log: one stream a room, one row an event, and how far each stream was fanned out."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.database import execute


class Stream(Model):
    """The head of a room's log. Its row lock is what gives writers of one room their order."""

    room = fields.CharField(max_length=64, primary_key=True)
    head = fields.BigIntField(default=0)

    class Meta:
        table = "streams"


async def next_seq(room: str) -> int | None:
    """Take the room's next seq, and with it its lock until the transaction ends; None: no room."""
    rows = await execute("UPDATE streams SET head = head + 1 WHERE room = $1 RETURNING head", room)
    return int(rows[0]["head"]) if rows else None


class EventRow(Model):
    """One event of one room, as it was when it committed. `body` is the rendered view.

    `event_id` is the event's id everywhere: the copy in a person's `user_<id>` room bears the id
    of the project event that it tells about. Such a copy is a place in a log and no more: its body
    is empty and `origin` says whose to read.
    """

    id = fields.BigIntField(primary_key=True)
    room = fields.CharField(max_length=64)
    seq = fields.BigIntField()
    event_id = fields.UUIDField()
    type = fields.CharField(max_length=64)
    body: Any = fields.JSONField()
    created_at = fields.DatetimeField(db_index=True)
    origin: fields.ForeignKeyNullableRelation["EventRow"] = fields.ForeignKeyField(
        "models.EventRow", null=True, db_constraint=False, related_name=False
    )
    origin_id: int | None

    class Meta:
        table = "events"
        unique_together = (("room", "seq"),)


class FanoutCursor(Model):
    """Up to which seq a project's events were handed on to the people they concern.

    A table of its own, so that writers, who lock the stream, never wait for the fan-out.
    """

    room = fields.CharField(max_length=64, primary_key=True)
    fanned_seq = fields.BigIntField(default=0)

    class Meta:
        table = "fanout_cursors"
