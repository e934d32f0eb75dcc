"""How often a person may be interrupted: so many a window, and the rest in one summary (G8)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from throttled import RateLimiterType, Throttled, rate_limiter
from throttled.store import MemoryStore

from events.views import iso_utc
from rooms.frames import Body, Frame

PEOPLE_REMEMBERED = 100_000
Tell = Callable[[int, Frame], None]


class Interruptions:
    """Counts notifications per person, once however many sockets they have.

    limit: notifications per window; window: whole seconds, counted from the epoch
    tell: sends a frame to every socket of a person
    """

    def __init__(self, limit: int, window: int, tell: Tell) -> None:
        self._window = window
        self._tell = tell
        self._folded: dict[int, list[Body]] = {}
        self._throttle = Throttled(
            using=RateLimiterType.FIXED_WINDOW.value,
            quota=rate_limiter.per_duration(timedelta(seconds=window), limit),
            store=MemoryStore(options={"MAX_SIZE": PEOPLE_REMEMBERED}),
        )

    def admit(self, user_id: int, notice: Frame) -> bool:
        """May this person be interrupted now? Otherwise the notice goes into their summary."""
        result = self._throttle.limit(str(user_id))
        if not result.limited:
            return True
        if user_id not in self._folded:
            self._folded[user_id] = []
            asyncio.get_running_loop().call_later(
                result.state.reset_after, self._tell_summary, user_id
            )
        self._folded[user_id].append(notice.body)
        return False

    def forget(self, user_id: int, project_id: int) -> None:
        """Leave a project out of a person's summary: they are no longer on its team."""
        if user_id in self._folded:
            kept = [body for body in self._folded[user_id] if body["project_id"] != project_id]
            self._folded[user_id] = kept

    def _tell_summary(self, user_id: int) -> None:
        if folded := self._folded.pop(user_id):
            self._tell(user_id, Frame(summarize(folded, self._window, datetime.now(UTC))))


def summarize(folded: list[Body], window: int, now: datetime) -> dict[str, Any]:
    """The `notification_summary` frame of the notifications that a window had no room for."""
    titles = {body["project_id"]: body["project_title"] for body in folded}
    per_project = Counter(body["project_id"] for body in folded)
    count = len(folded)
    noun = "notification" if count == 1 else "notifications"
    return {
        "type": "notification_summary",
        "title": f"{count} more {noun}",
        "message": f"{count} more {noun} in {_listing(list(titles.values()))}",
        "count": count,
        "window_seconds": window,
        "timestamp": iso_utc(now),
        "event_types": dict(Counter(body["event_type"] for body in folded)),
        "projects": [
            {"project_id": project, "project_title": titles[project], "count": number}
            for project, number in per_project.items()
        ],
        "notification_ids": [body["notification_id"] for body in folded],
    }


def _listing(titles: list[str]) -> str:
    quoted = [f"'{title}'" for title in titles]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
