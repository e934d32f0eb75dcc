"""Puts what was measured into docs/performance.md, and the picture beside it."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.plot import as_svg
from benchmarks.report import Table, as_markdown

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PICTURE = DOCS / "performance.md", DOCS / "performance.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_document(tables: Sequence[Table]) -> None:
    """What stands between the marks is replaced; what people wrote around it stays."""
    figures = "\n\n".join([machine(), *map(as_markdown, tables)])
    PAGE.write_text(replace_figures(PAGE.read_text(), figures))
    PICTURE.write_text(as_svg([table for table in tables if table.ratio and table.lines]))


def replace_figures(page: str, figures: str) -> str:
    """Pure; raises ValueError where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page lacks the marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def machine() -> str:
    """What it was measured on."""
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return (
        f"Measured on {found[1] if found else platform.machine()}, {os.cpu_count()} cores, "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"Node {node.stdout.strip().removeprefix('v')}."
    )
