"""Medians, spreads, ratios of pairs, and what they mean beside a bar. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

SATURATED = 0.9
"""From this share of its core on, the generator is what was measured."""
Verdict = Literal["holds", "misses", "void"]


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, and the least and the greatest of them."""

    median: float
    least: float
    greatest: float


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError where there is none."""
    if not values:
        raise ValueError("There is no round to take the median of.")
    return Spread(median(values), min(values), max(values))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours to theirs, pair by pair: what slowed the machine down slowed down both."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def verdict(measured: float, bar: float, *, void: bool = False) -> Verdict:
    """Whether a median keeps to its bar, which is the most it may be."""
    if void:
        return "void"
    return "holds" if measured <= bar else "misses"


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that `share` (0 to 1) of all do not exceed (nearest rank)."""
    if not values:
        raise ValueError("There is nothing to take a percentile of.")
    ordered = sorted(values)
    rank = -(-share * len(ordered) // 1)
    return ordered[max(0, int(rank) - 1)]


def is_saturated(load: float) -> bool:
    """Whether a round is void: the generator was too busy to keep out of the way."""
    return load >= SATURATED
