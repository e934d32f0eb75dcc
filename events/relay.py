"""The relay: carries what was committed to the bus, after the commit and beside the request."""

import asyncio
from collections import deque
from typing import Any

import structlog

from events.bus import Bus
from events.log import LoggedEvent

log = structlog.get_logger()


MOST_DUE = 1000
"""Commits kept while the bus is busy; older hints may be lost, as any hint may."""


AT_ONCE = 500
"""Hints in one round trip: what a thousand people are told does not take a whole half second."""


class Relay:
    """Woken by every commit, awaited by nobody. A hint it fails to publish costs half a second."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._due: deque[list[LoggedEvent]] = deque(maxlen=MOST_DUE)
        self._woken = asyncio.Event()
        self.failed = 0

    def wake(self, recorded: list[Any]) -> None:
        """Take what one transaction recorded; wired to `listen_to_commits`."""
        self._due.append(recorded)
        self._woken.set()

    async def run(self) -> None:
        """Publish for ever: each round, everything that is due, in the order of the commits."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            commits = list(self._due)
            self._due.clear()
            await self._publish(commits)

    async def _publish(self, commits: list[list[LoggedEvent]]) -> None:
        events = [event for commit in commits for event in commit]
        try:
            for start in range(0, len(events), AT_ONCE):
                await self._bus.publish(events[start : start + AT_ONCE])
        except OSError as error:
            # Not tried again, or the next ones would wait for it: the heads are compared every
            # half second, and that delivers what this hint did not.
            self.failed += len(commits)
            log.warning("bus_publish_failed", commits=len(commits), why=str(error))
