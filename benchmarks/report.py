"""What was measured, as tables to read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.statistics import Spread, spread, verdict

SHOWN = {"holds": "holds", "misses": "**misses**", "void": "void"}


@dataclass(frozen=True)
class Line:
    """One server in a table.

    values: one for each round
    ratio: pair by pair, as the table's heading says
    bar: the most that the median of the ratio (or of the values, where there is none) may be
    void: the generator was saturated in a round
    upside_down: the ratio is that of this line to Roomcast
    note: stands where there is nothing to show
    """

    name: str
    values: Sequence[float] = ()
    ratio: Sequence[float] = ()
    bar: float | None = None
    void: bool = False
    upside_down: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """One question and its answers. ratio: what is divided by what"""

    title: str
    unit: str
    ratio: str
    lines: Sequence[Line]
    notes: Sequence[str] = field(default=())


def as_markdown(table: Table) -> str:
    """A heading, the table, and what is to be said about it."""
    rows = [
        f"| | {table.unit} | {table.ratio} | bar | |",
        "|---|---|---|---|---|",
        *(_row(line) for line in table.lines),
    ]
    parts = [f"### {table.title}", "\n".join(rows), *table.notes]
    return "\n\n".join(parts)


def _row(line: Line) -> str:
    value = _show(spread(line.values)) if line.values else line.note
    ratio = _show(spread(line.ratio)) if line.ratio else ""
    ratio = f"it ÷ Roomcast: {ratio}" if line.upside_down else ratio
    bar = f"≤ {line.bar:.3g}" if line.bar is not None else ""
    return f"| {line.name} | {value} | {ratio} | {bar} | {_judge(line)} |"


def _judge(line: Line) -> str:
    judged = line.ratio or line.values
    if line.void or (line.bar is not None and judged):
        bar = line.bar if line.bar is not None else 0.0
        return SHOWN[verdict(spread(judged).median, bar, void=line.void)]
    return ""


def _show(values: Spread) -> str:
    return f"{rounded(values.median)} ({rounded(values.least)} – {rounded(values.greatest)})"


def rounded(value: float) -> str:
    """Three digits below a hundred, whole numbers above."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - digits
