"""Retention: old events leave the log, from its beginning, in small batches. Seqs go on as before.

What is gone cannot be replayed, and whoever asks for it is told so (`resync trimmed`).
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from models.log import EventRow, FanoutCursor

BATCH = 500
LONGEST_PAUSE = 60.0


class Retention:
    """Trims what is older than `seconds`, for ever. Any number of servers may."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    async def run(self) -> None:
        while True:
            before = datetime.now(UTC) - timedelta(seconds=self._seconds)
            if not await trim(before):
                await asyncio.sleep(min(LONGEST_PAUSE, self._seconds))


async def trim(before: datetime) -> int:
    """Trim events older than `before`, at most a batch of each room; returns how many."""
    rooms = EventRow.filter(created_at__lt=before).distinct().values_list("room", flat=True)
    return sum([await _trim_room(str(room), before) for room in sorted(await rooms)])


async def _trim_room(room: str, before: datetime) -> int:
    oldest = EventRow.filter(room=room).order_by("seq").limit(BATCH)
    ages = [(int(seq), age) for seq, age in await oldest.values_list("seq", "created_at")]
    fanout = await FanoutCursor.get_or_none(room=room)
    upto = last_to_trim(ages, before, fanout.fanned_seq if fanout else None)
    return await EventRow.filter(room=room, seq__lte=upto).delete() if upto else 0


def last_to_trim(
    events: Sequence[tuple[int, datetime]], before: datetime, fanned_seq: int | None
) -> int:
    """The last seq of the oldest `events` (seq, created_at) that may go; 0 where none may.

    Only a beginning goes, so what is left stays dense: clocks of servers differ, and an event may
    look older than one before it. What was not handed on to the people it concerns stays.
    """
    last = 0
    for seq, created_at in events:
        if created_at >= before or (fanned_seq is not None and seq > fanned_seq):
            break
        last = seq
    return last
