"""The relay: carries what was committed to the bus, after the commit and beside the request."""

import asyncio
from collections import deque
from typing import Any

import structlog

from events.bus import Bus
from events.log import LoggedEvent

log = structlog.get_logger()


MOST_DUE = 1000
"""Commits kept while the bus hangs; older hints may be lost, as any hint may."""


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
        """Publish for ever, commit by commit."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._due:
                await self._publish(self._due.popleft())

    async def _publish(self, events: list[LoggedEvent]) -> None:
        try:
            await self._bus.publish(events)
        except OSError as error:
            # The heads are compared every half second: that delivers what this hint did not.
            self.failed += 1
            log.warning(
                "bus_publish_failed", rooms=[event.room for event in events], why=str(error)
            )
