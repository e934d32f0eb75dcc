"""The canary: does this server hear what it publishes itself?

A listener whose connection is dead looks like one in a quiet house. So each server publishes on
channels of its own, one on each connection it listens on, and expects to hear itself.
"""

from collections.abc import Iterable

from events.bus import BusState

PUBLISHES_EVERY = 1.0
"""Seconds between two canaries."""
DEAF_AFTER = 3.0
"""Seconds in which nothing published was heard."""


class Canary:
    """What was published and not heard. Times are seconds of one clock, which the caller reads."""

    def __init__(self) -> None:
        self._unheard: dict[str, float] = {}
        self._awaited: set[str] = set()
        self._hearing = False

    def begin(self, channels: Iterable[str]) -> None:
        """A new listener begins, which is to hear these."""
        self._awaited = set(channels)

    def end(self) -> None:
        """The listener broke."""
        self._hearing = False

    def published(self, channels: Iterable[str], now: float) -> None:
        """Published on these; what is unheard since an earlier one stays so."""
        self._unheard = {channel: self._unheard.get(channel, now) for channel in channels}

    def publish_failed(self) -> None:
        """Publishing failed: nothing can be said about hearing."""
        self._unheard.clear()
        self._hearing = False

    def heard(self, channel: str) -> bool:
        """It came back. True when with this the new listener hears on all its connections."""
        self._unheard.pop(channel, None)
        self._awaited.discard(channel)
        if self._hearing or self._awaited:
            return False
        self._hearing = True
        return True

    def state(self, now: float) -> BusState:
        """`deaf` only where publishing works; before anything was heard, `away`."""
        if any(now - since > DEAF_AFTER for since in self._unheard.values()):
            return "deaf"
        return "up" if self._hearing else "away"
