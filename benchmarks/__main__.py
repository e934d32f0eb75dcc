"""`python -m benchmarks [--case NAME] [--quick]`: measure, and print what came of it.

A run of everything also writes it into docs/performance.md.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.cases.commit import commit
from benchmarks.cases.connect import connect
from benchmarks.cases.fanout import fanout
from benchmarks.cases.idle import idle
from benchmarks.cases.members import members
from benchmarks.cases.stalled import stalled
from benchmarks.document import write_document
from benchmarks.generator.program import Generator
from benchmarks.measure import raise_file_limit
from benchmarks.report import Table, as_markdown
from benchmarks.setting import Setting

CASES: dict[str, Callable[[Setting], Iterator[Table]]] = {
    "fanout": fanout,
    "idle": idle,
    "connect": connect,
    "commit": commit,
    "members": members,
    "stalled": stalled,
}
ROUNDS, QUICK_ROUNDS = 5, 3


def main() -> None:
    """Run one case or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--case", choices=CASES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, to try a change")
    asked = parser.parse_args()
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="roomcast-bench-") as folder, Generator() as generator:
        rounds = QUICK_ROUNDS if asked.quick else ROUNDS
        setting = Setting(generator, rounds, asked.quick, Path(folder))
        tables = [
            table
            for name in ([asked.case] if asked.case else CASES)
            for table in measured(name, setting)
        ]
    if not (asked.case or asked.quick):
        write_document(tables)


def measured(name: str, setting: Setting) -> Iterator[Table]:
    """The tables of a case, printed as they come."""
    began = time.monotonic()
    for table in CASES[name](setting):
        print(as_markdown(table), end="\n\n", flush=True)
        yield table
    print(f"({name}: {time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
