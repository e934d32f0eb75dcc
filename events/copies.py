"""Copies of project events in people's own logs, written by the set: one statement for thousands.

A copy is a narrow row, a place in a person's log; what it says is read from the event it tells of.
"""

from collections.abc import Iterable, Sequence

import orjson

from events.log import LoggedEvent
from events.names import user_room
from models.database import execute, table_of_json
from models.log import Stream
from models.transaction import current_transaction

INSERT = """
    INSERT INTO events (room, seq, event_id, type, body, created_at, origin_id)
    SELECT place.room, place.seq, origin.event_id, origin.type, '{{}}', origin.created_at, origin.id
    FROM {places} JOIN events origin
      ON origin.room = place.origin_room AND origin.seq = place.origin_seq
"""
ADVANCE = """
    UPDATE streams SET head = reached.head
    FROM (SELECT place.room, max(place.seq) AS head FROM {places} GROUP BY place.room) AS reached
    WHERE streams.room = reached.room
"""


async def copy_to_people(events: Sequence[LoggedEvent]) -> None:
    """Tell the people whom these events concern, each on their own room, in the events' order.

    Inside a `transaction()`. Three statements, whatever the number of events and of people.
    """
    heads = await _lock_heads({person for event in events for person in event.concerns})
    copies: list[LoggedEvent] = []
    places = []
    for event in events:
        for person in event.concerns:
            if (head := heads.get(person)) is None:
                continue  # the account is gone, and its log with it
            heads[person] = head + 1
            copy = event.copy_for(person, head + 1)
            copies.append(copy)
            places.append(
                {
                    "room": copy.room,
                    "seq": copy.seq,
                    "origin_room": event.room,
                    "origin_seq": event.seq,
                }
            )
    if not copies:
        return
    listing = orjson.dumps(places).decode()
    source = table_of_json(
        "place", room="text", seq="bigint", origin_room="text", origin_seq="bigint"
    )
    await execute(INSERT.format(places=source), listing)
    await execute(ADVANCE.format(places=source), listing)
    if transaction := current_transaction():
        transaction.recorded.extend(copies)


async def _lock_heads(people: Iterable[int]) -> dict[int, int]:
    """The heads of these people's logs, locked in the order of their names.

    Two transactions that lock the same people in different orders would wait for each other.
    """
    rooms = {user_room(person): person for person in people}
    if not rooms:
        return {}
    streams = await Stream.filter(room__in=list(rooms)).order_by("room").select_for_update()
    return {rooms[stream.room]: stream.head for stream in streams}
