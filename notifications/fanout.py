"""The fan-out by claim: each project event is handed once to the people it concerns.

A claim is a row lock, not a hook on one process: whoever holds a room's cursor row hands on its
next events and advances the cursor in the same transaction. Any server may do it, and a server
that dies in the middle leaves nothing half done.
"""

import asyncio

from tortoise.connection import get_connections

from events.log import LoggedEvent, copy_to_user, read_log
from events.names import is_user_room, user_room
from models.log import FanoutCursor, Stream
from models.transaction import transaction

BATCH = 100

BEHIND = (
    "SELECT c.room FROM fanout_cursors c JOIN streams s ON s.room = c.room "
    "WHERE s.head > c.fanned_seq LIMIT 100"
)


class InboxFanout:
    """Woken by commits, and looking for itself every `interval` seconds in case a wake was lost."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._woken = asyncio.Event()

    def wake(self, recorded: list[LoggedEvent]) -> None:
        """Something was committed; wired to `listen_to_commits`."""
        if not all(is_user_room(event.room) for event in recorded):
            self._woken.set()

    async def run(self) -> None:
        """Hand on for ever."""
        while True:
            for room in await rooms_behind():
                while await fan_out(room) == BATCH:
                    pass
            try:
                await asyncio.wait_for(self._woken.wait(), self._interval)
            except TimeoutError:
                continue
            self._woken.clear()


async def rooms_behind() -> list[str]:
    """Rooms with events that were not handed on yet, at most 100."""
    rows = await get_connections().get("default").execute_query_dict(BEHIND)
    return [row["room"] for row in rows]


async def fan_out(room: str) -> int:
    """Hand on the room's next events, at most `BATCH`; 0 where another server holds the claim."""
    async with transaction():
        claim = (
            await FanoutCursor.filter(room=room).select_for_update(skip_locked=True).get_or_none()
        )
        if claim is None:
            return 0
        events = await read_log(room, after=claim.fanned_seq, limit=BATCH)
        if not events:
            return 0
        people = {person for event in events for person in event.concerns}
        await _lock_in_order(people)
        for event in events:
            for person in event.concerns:
                await copy_to_user(person, event)
        claim.fanned_seq = events[-1].seq
        await claim.save(update_fields=["fanned_seq"])
        return len(events)


async def _lock_in_order(people: set[int]) -> None:
    # Two fan-outs that lock the same people in different orders would wait for each other.
    rooms = [user_room(person) for person in people]
    if rooms:
        await Stream.filter(room__in=rooms).order_by("room").select_for_update()
