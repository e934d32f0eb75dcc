"""How often a person may be interrupted: so many a window, and the rest in one summary (G8)."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from throttled import RateLimiterType, Throttled, rate_limiter
from throttled.store import MemoryStore

from events.views import iso_utc
from rooms.frames import Body, Frame

MOST_FOLDED = 1000
"""Notifications that one summary counts; a flood beyond that forgets its oldest."""
PEOPLE_REMEMBERED = 100_000
Tell = Callable[[int, Frame], None]


class Window:
    """What one person was told, and not told, since their window began."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.admitted: dict[str, bool] = {}
        self.folded: deque[Body] = deque(maxlen=MOST_FOLDED)


class Interruptions:
    """Counts notifications once per event and person, however many sockets and replays there are.

    limit: notifications per window; window: whole seconds, counted from the epoch
    tell: sends a frame to every socket of a person
    """

    def __init__(self, limit: int, window: int, tell: Tell) -> None:
        self._seconds = window
        self._tell = tell
        self._windows: dict[int, Window] = {}
        self._throttle = Throttled(
            using=RateLimiterType.FIXED_WINDOW.value,
            quota=rate_limiter.per_duration(timedelta(seconds=window), limit),
            store=MemoryStore(options={"MAX_SIZE": PEOPLE_REMEMBERED}),
        )

    def admit(self, user_id: int, notice: Frame) -> bool:
        """May this person be interrupted with it? Otherwise it goes into their summary."""
        window, event = self._window(user_id), notice.body["notification_id"]
        if event not in window.admitted:
            window.admitted[event] = not self._throttle.limit(str(user_id)).limited
            if not window.admitted[event]:
                window.folded.append(notice.body)
        return window.admitted[event]

    def forget(self, user_id: int, project_id: int) -> None:
        """Leave a project out of a person's summary: they are no longer on its team."""
        if window := self._windows.get(user_id):
            kept = [body for body in window.folded if body["project_id"] != project_id]
            window.folded = deque(kept, MOST_FOLDED)

    def _window(self, user_id: int) -> Window:
        """The person's present window; one that its timer has not ended yet is ended here."""
        period, into = divmod(time.time(), self._seconds)
        window = self._windows.get(user_id)
        if window is None or window.period != int(period):
            if window:
                self._end(user_id, window)
            window = self._windows[user_id] = Window(int(period))
            loop = asyncio.get_running_loop()
            loop.call_later(self._seconds - into, self._end, user_id, window)
        return window

    def _end(self, user_id: int, window: Window) -> None:
        if self._windows.get(user_id) is not window:
            return
        del self._windows[user_id]
        if window.folded:
            summary = summarize(window.folded, self._seconds, datetime.now(UTC))
            self._tell(user_id, Frame(summary))


def summarize(folded: Collection[Body], window: int, now: datetime) -> dict[str, Any]:
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
