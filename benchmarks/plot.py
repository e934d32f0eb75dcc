"""The tables of servers beside each other as one picture: SVG, drawn by hand. Pure."""

from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.report import Line, Table, rounded
from benchmarks.statistics import Spread, spread

WIDTH, LEFT, RIGHT = 760, 200, 90
ROW, BAR, TITLE = 22, 14, 34
OURS, OTHERS, INK, WHISKER = "#2563eb", "#9ca3af", "#1f2937", "#4b5563"
STYLE = f"font: 13px system-ui, sans-serif; fill: {INK}"


def as_svg(tables: Sequence[Table]) -> str:
    """A bar for each median, and a line from the least round to the greatest."""
    parts: list[str] = []
    top = 0
    for table in tables:
        lines = [line for line in table.lines if line.values]
        parts += _panel(table, lines, top)
        top += TITLE + ROW * len(lines)
    size = f'width="{WIDTH}" height="{top + ROW}" viewBox="0 0 {WIDTH} {top + ROW}"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    content = "\n".join([background, *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{STYLE}">\n{content}\n</svg>\n'


def _panel(table: Table, lines: Sequence[Line], top: int) -> Iterator[str]:
    title = escape(f"{table.title} ({table.unit})")
    yield f'<text x="8" y="{top + 22}" font-weight="600">{title}</text>'
    most = max(spread(line.values).greatest for line in lines)
    for number, line in enumerate(lines):
        yield from _bar(line, spread(line.values), most, top + TITLE + ROW * number)


def _bar(line: Line, values: Spread, most: float, top: int) -> Iterator[str]:
    scale = (WIDTH - LEFT - RIGHT) / most
    middle = top + BAR / 2
    colour = OURS if line.name.startswith("Roomcast") else OTHERS
    name = escape(line.name.replace("`", ""))
    least, greatest = LEFT + values.least * scale, LEFT + values.greatest * scale
    yield f'<text x="{LEFT - 8}" y="{top + 11}" text-anchor="end">{name}</text>'
    yield (
        f'<rect x="{LEFT}" y="{top}" width="{values.median * scale:.1f}" height="{BAR}" '
        f'fill="{colour}"/>'
    )
    yield (
        f'<line x1="{least:.1f}" x2="{greatest:.1f}" y1="{middle}" y2="{middle}" '
        f'stroke="{WHISKER}" stroke-width="2"/>'
    )
    yield f'<text x="{greatest + 8:.1f}" y="{top + 11}">{rounded(values.median)}</text>'
