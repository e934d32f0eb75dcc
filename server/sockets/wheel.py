"""One timer wheel for every connection: a dictionary of seconds instead of a task per socket."""

import asyncio
import math
import time
from collections.abc import Callable

TICK = 0.25
"""Seconds between two turns; a timer fires two turns late at most."""


class Timer:
    """Something due later, unless it is cancelled."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class TimerWheel:
    """Calls back after a delay, never early. Callbacks must not wait."""

    def __init__(self) -> None:
        self._slots: dict[int, list[Timer]] = {}
        self._turned = _tick_of(time.monotonic())

    def after(self, seconds: float, call: Callable[[], object]) -> Timer:
        timer = Timer(call)
        due = max(self._turned + 1, _tick_of(time.monotonic() + seconds) + 1)
        self._slots.setdefault(due, []).append(timer)
        return timer

    async def run(self) -> None:
        """Turn for ever."""
        while True:
            await asyncio.sleep(TICK)
            self.turn()

    def turn(self) -> None:
        """Call back everything that has come due."""
        now = _tick_of(time.monotonic())
        while self._turned < now:
            self._turned += 1
            for timer in self._slots.pop(self._turned, ()):
                call, timer.call = timer.call, None  # what has fired holds nothing
                if call:
                    call()


def _tick_of(moment: float) -> int:
    return math.floor(moment / TICK)
