"""The short form of `make chaos`: each kind of fault once, and nothing is lost."""

from pathlib import Path

from rich.console import Console

from tests.chaos.scenario import SHORT, play


async def test_nothing_is_lost_doubled_or_out_of_order_in_chaos(tmp_path: Path) -> None:
    out = Console(highlight=False, width=120)
    report = await play(SHORT, tmp_path, out)
    report.print(out)
    assert report.complaints == []
    assert report.changes >= SHORT.changes
    assert (report.total.lost, report.total.twice, report.total.disordered) == (0, 0, 0)
    for row in report.rows:
        assert row.client.connections > 1, f"{row.client.name} was never cut"
        assert row.tally.delivered > 0, f"{row.client.name} heard nothing"
