"""Who leaves a draining server when."""

import random

from hypothesis import given
from hypothesis import strategies as st

from server.drain import APART, Client, departures


class Guest:
    def retire(self) -> None:
        """Nothing holds a guest of this test."""


@given(st.integers(0, 200), st.floats(0.01, 60), st.randoms(use_true_random=False))
def test_everybody_leaves_once_in_time_and_few_leave_quickly(
    many: int, within: float, lot: random.Random
) -> None:
    guests: list[Client] = [Guest() for _ in range(many)]
    leaving = departures(guests, within, lot)
    assert {id(guest) for guest, _ in leaving} == {id(guest) for guest in guests}
    assert len(leaving) == many
    moments = [moment for _, moment in leaving]
    assert moments == sorted(moments)
    assert all(0 <= moment <= min(within, many * APART) for moment in moments)
