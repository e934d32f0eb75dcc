"""The fan-out by claim: each project event is handed once to the people it concerns.

A claim is a row lock, not a hook on one process: whoever holds a room's cursor row hands on its
next events and advances the cursor in the same transaction. Any server may do it, and a server
that dies in the middle leaves nothing half done.
"""

import asyncio
from contextlib import suppress

from events.copies import copy_to_people
from events.log import LoggedEvent, read_log
from models.database import execute
from models.log import FanoutCursor
from models.transaction import transaction

BATCH = 100

BEHIND = (
    "SELECT c.room FROM fanout_cursors c JOIN streams s ON s.room = c.room "
    "WHERE s.head > c.fanned_seq"
)


class InboxFanout:
    """Woken by commits, and looking for itself every `interval` seconds in case a wake was lost."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due: set[str] = set()
        self._woken = asyncio.Event()

    def wake(self, recorded: list[LoggedEvent]) -> None:
        """Something was committed; wired to `listen_to_commits`.

        Where it concerns nobody, the cursor may follow with the next look, a batch at a time.
        """
        self._due |= {event.room for event in recorded if event.concerns}
        if self._due:
            self._woken.set()

    async def run(self) -> None:
        """Hand on for ever: at once what this server committed, soon what others left behind."""
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(look_at):
                    await self._woken.wait()
            self._woken.clear()
            if loop.time() >= look_at:
                look_at = loop.time() + self._interval
                self._due |= await rooms_behind()
            due, self._due = self._due, set()
            for room in due:
                if await fan_out(room):
                    # Until nothing is left, for whoever found the claim taken relies on it; and in
                    # turns, so that no room waits for a busy one.
                    self._due.add(room)
                    self._woken.set()


async def rooms_behind() -> set[str]:
    """Rooms with events that were not handed on yet."""
    return {row["room"] for row in await execute(BEHIND)}


async def fan_out(room: str) -> int:
    """Hand on the room's next events, at most `BATCH`; 0 where another server holds the claim.

    Six statements at most, however many people the events concern.
    """
    async with transaction():
        claim = (
            await FanoutCursor.filter(room=room).select_for_update(skip_locked=True).get_or_none()
        )
        if claim is None:
            return 0
        events = await read_log(room, after=claim.fanned_seq, limit=BATCH)
        if not events:
            return 0
        await copy_to_people(events)
        claim.fanned_seq = events[-1].seq
        await claim.save(update_fields=["fanned_seq"])
        return len(events)
