"""The table at the end."""

from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.chaos.verdict import Row, Tally, total


@dataclass
class Report:
    """How it went; `complaints` is empty where everything held."""

    changes: int
    retries: int
    rows: list[Row]
    complaints: list[str]

    @property
    def total(self) -> Tally:
        return total(row.tally for row in self.rows)

    def print(self, out: Console) -> None:
        table = Table(title=f"{self.changes} changes committed ({self.retries} calls repeated)")
        for name in ("client", "door"):
            table.add_column(name)
        for name in ("connections", "delivered", "lost", "applied twice", "out of order"):
            table.add_column(name, justify="right")
        table.add_column("longest delay", justify="right")
        table.add_column("median", justify="right")
        for row in self.rows:
            table.add_row(*_cells(row.client.name, row.client.door, [row]))
        table.add_section()
        table.add_row(*_cells("all", "", self.rows))
        out.print(table)
        for complaint in self.complaints:
            out.print(complaint, style="red", markup=False)


def _cells(name: str, door: str, rows: list[Row]) -> list[str]:
    connections = sum(row.client.connections for row in rows)
    delays = [delay for row in rows for delay in row.delays] or [0.0]
    numbers = [str(number) for number in (connections, *total(row.tally for row in rows))]
    return [name, door, *numbers, f"{max(delays):.2f} s", f"{1000 * median(delays):.0f} ms"]
