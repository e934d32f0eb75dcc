"""How long a change takes to the screen: 100 writes a second, 100 subscribers, PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.cases.visitors import visitors_of
from benchmarks.database import new_database
from benchmarks.generator.commits import Commit, Commits
from benchmarks.generator.orders import Disperse, Gather
from benchmarks.generator.writes import Delays, Write
from benchmarks.population import populate
from benchmarks.programs import ROOMCAST, running
from benchmarks.report import Line, Table
from benchmarks.setting import Setting, roomcast_settings
from benchmarks.statistics import is_saturated, spread

SUBSCRIBERS = 100
WRITES_A_SECOND = 100
SECONDS = 10.0
WARM_UP = 1.0
BAR_MS = 25.0


def commit(setting: Setting) -> Iterator[Table]:
    """Writes over REST to one process, and beside it the database alone, in turns."""
    seconds = SECONDS / 2 if setting.quick else SECONDS
    delays: list[Delays] = []
    commits: list[Commits] = []
    with new_database() as url:
        population = populate(url, SUBSCRIBERS)
        settings = roomcast_settings(setting.folder, ROOMCAST_DATABASE_URL=url)
        with running(ROOMCAST, settings) as program:
            ask, token = setting.generator.ask, population.tokens[0]
            visitors = visitors_of(population)
            ask(Gather("watch", "socketio", program.port, program.pid, visitors, timed=True))
            write = Write(
                "watch",
                program.port,
                program.pid,
                token,
                population.projects[0],
                WRITES_A_SECOND,
                seconds,
            )
            ask(replace(write, seconds=WARM_UP))
            for _ in range(setting.rounds):
                commits.append(ask(Commit(url, WRITES_A_SECOND, seconds)))
                delays.append(ask(write))
            ask(Disperse("watch"))
    yield table_of(delays, commits)


def table_of(delays: list[Delays], commits: list[Commits]) -> Table:
    """The bar is on the strictest: from the moment the request was due, the commit included."""
    void = any(is_saturated(one.generator_load) for one in delays)
    microseconds = spread([one.server_us for one in delays])
    return Table(
        f"{WRITES_A_SECOND} writes a second, {SUBSCRIBERS} subscribers, one process",
        "ms",
        "",
        [
            Line("request → client, p99", [one.to_client.p99 for one in delays], (), BAR_MS, void),
            Line("request → client, median", [one.to_client.median for one in delays], void=void),
            Line("answer → client, p99", [one.after_answer.p99 for one in delays], void=void),
            Line("request → answer, p99", [one.to_answer.p99 for one in delays], void=void),
            Line("request → answer, median", [one.to_answer.median for one in delays], void=void),
            Line("PostgreSQL alone, BEGIN to COMMIT, p99", [one.whole.p99 for one in commits]),
            Line("PostgreSQL alone, COMMIT, p99", [one.commit.p99 for one in commits]),
            Line("PostgreSQL alone, COMMIT, median", [one.commit.median for one in commits]),
        ],
        (f"Server CPU of a write with all its deliveries: {microseconds.median:,.0f} µs.",),
    )
