"""An event that each of a thousand members is told on their own room, on PostgreSQL."""

from collections.abc import Iterator

from benchmarks.database import new_database
from benchmarks.generator.dialects import Visitor
from benchmarks.generator.orders import Disperse, Gather
from benchmarks.generator.writes import Restore
from benchmarks.population import populate
from benchmarks.programs import ROOMCAST, running
from benchmarks.report import Line, Table
from benchmarks.setting import Setting, roomcast_settings
from benchmarks.statistics import is_saturated

MEMBERS = 1000
BAR_MS = 150.0


def members(setting: Setting) -> Iterator[Table]:
    """Their project is deleted and brought back: nobody is left in its room, so all are told."""
    with new_database() as url:
        population = populate(url, MEMBERS)
        settings = roomcast_settings(setting.folder, ROOMCAST_DATABASE_URL=url)
        with running(ROOMCAST, settings) as program:
            ask = setting.generator.ask
            visitors = [Visitor(token, None) for token in population.tokens]
            ask(Gather("members", "socketio", program.port, program.pid, visitors, timed=True))
            restore = Restore(
                "members",
                program.port,
                program.pid,
                population.tokens[0],
                population.projects[0],
            )
            ask(restore)
            usages = [ask(restore) for _ in range(setting.rounds)]
            ask(Disperse("members"))
    milliseconds = [one.wall_ns / 1e6 for one in usages]
    void = any(is_saturated(one.generator_load) for one in usages)
    yield Table(
        f"A project comes back: {MEMBERS:,} members are told",
        "ms",
        "",
        [Line("request → the last member's last frame", milliseconds, bar=BAR_MS, void=void)],
    )
