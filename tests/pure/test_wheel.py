"""The timer wheel: never early, two ticks late at most, and a cancelled timer never."""

import time
from collections.abc import Iterator

import pytest

from server.sockets.wheel import TICK, TimerWheel


class Clock:
    """The time that the wheel sees."""

    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    yield clock
    monkeypatch.undo()


def test_a_timer_goes_off_once_when_it_is_due(clock: Clock) -> None:
    wheel, rang = TimerWheel(), []
    wheel.after(25, lambda: rang.append(clock.now))
    while clock.now < 1060:
        clock.now += 0.1
        wheel.turn()
    assert len(rang) == 1
    assert 1025 <= rang[0] <= 1025 + 2 * TICK


def test_a_cancelled_timer_is_silent(clock: Clock) -> None:
    wheel, rang = TimerWheel(), []
    timer = wheel.after(1, lambda: rang.append("cancelled"))
    wheel.after(1, lambda: rang.append("kept"))
    timer.cancel()
    clock.now += 2
    wheel.turn()
    assert rang == ["kept"]


def test_a_wheel_that_was_held_up_misses_nothing(clock: Clock) -> None:
    wheel, rang = TimerWheel(), []
    for seconds in (0, 0.3, 5, 30):
        wheel.after(seconds, lambda seconds=seconds: rang.append(seconds))  # type: ignore[misc]
    clock.now += 60
    wheel.turn()
    assert rang == [0, 0.3, 5, 30]


def test_a_timer_set_by_a_timer_goes_off_in_its_own_time(clock: Clock) -> None:
    wheel, rang = TimerWheel(), []
    wheel.after(1, lambda: wheel.after(1, lambda: rang.append("second")))
    clock.now += 1.5
    wheel.turn()
    assert rang == []
    clock.now += 1.5
    wheel.turn()
    assert rang == ["second"]
