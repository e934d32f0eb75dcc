"""Readers that stop reading: what they cost the others, and what becomes of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.cases.visitors import visitors_of
from benchmarks.database import new_database
from benchmarks.generator.orders import Disperse, Gather
from benchmarks.generator.writes import Delays, Resume, Write
from benchmarks.measure import pss_bytes
from benchmarks.population import Population, populate
from benchmarks.programs import ROOMCAST, running
from benchmarks.report import Line, Table
from benchmarks.setting import Setting, roomcast_settings

SOCKETS = 500
STALLED = 100
WRITES_A_SECOND = 20
SECONDS = 8
DESCRIPTION = "x" * 8000
"""So that each stalled reader is owed 1.3 MB: more than the kernel's buffers and the bound."""
KERNEL_BUFFER = 16_384
"""SO_SNDBUF of the server's sockets and SO_RCVBUF of the stalled; else the kernel takes 6 MB."""
MEGABYTE = 1024 * 1024
BAR_MB = 1.25
"""For each stalled reader: the server's bound of 1 MiB, and what malloc makes of it."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    delays: of those who read; memory: of the server, grown by so many bytes
    resumed: how many of those who stalled came back and got all that they had missed
    """

    delays: Delays
    memory: int
    resumed: int


def stalled(setting: Setting) -> Iterator[Table]:
    """The same writes to 500 readers, and to 400 and 100 that do not read, in turns."""
    without: list[Outcome] = []
    beside: list[Outcome] = []
    with new_database() as url:
        population = populate(url, SOCKETS)
        for _ in range(setting.rounds):
            without.append(run(setting, url, population, 0))
            beside.append(run(setting, url, population, STALLED))
    p99 = [one.delays.to_client.p99 for one in without]
    beside_p99 = [one.delays.to_client.p99 for one in beside]
    extra = [
        (more.memory - less.memory) / STALLED / MEGABYTE
        for more, less in zip(beside, without, strict=True)
    ]
    yield Table(
        f"{STALLED} stalled readers among {SOCKETS}",
        "ms, MB, sockets",
        "",
        [
            Line("p99 to a healthy reader, nobody stalled", p99),
            Line(
                "the same beside the stalled; bar: the most without them", beside_p99, bar=max(p99)
            ),
            Line("memory for each stalled reader at the end, MB", extra, bar=BAR_MB),
            Line("of them, cut", [float(one.delays.cut) for one in beside]),
            Line("of them, come back with nothing missed", [float(one.resumed) for one in beside]),
        ],
        (f"Frames that the healthy missed: {sum(one.delays.missing for one in beside)}.",),
    )


def run(setting: Setting, url: str, population: Population, count: int) -> Outcome:
    """On a server of its own."""
    settings = roomcast_settings(setting.folder, ROOMCAST_DATABASE_URL=url)
    with running(ROOMCAST, {**settings, "SEND_BUFFER": str(KERNEL_BUFFER)}) as program:
        ask, visitors = setting.generator.ask, visitors_of(population)
        port, pid, project = program.port, program.pid, population.projects[0]
        few = Gather("readers", ROOMCAST.dialect, port, pid, visitors[:STALLED], timed=True)
        ask(replace(few, receive_buffer=KERNEL_BUFFER))
        ask(replace(few, visitors=visitors[STALLED:]))
        before = pss_bytes(pid)
        write = Write("readers", port, pid, population.tokens[0], project, WRITES_A_SECOND, SECONDS)
        delays = ask(replace(write, description=DESCRIPTION, stalled=count))
        memory = pss_bytes(pid) - before
        ask(
            replace(
                few, crowd="back", visitors=[replace(one, project=None) for one in few.visitors]
            )
        )
        writes = WRITES_A_SECOND * SECONDS
        resumed = ask(Resume("back", project, delays.first_seq - 1, writes))
        ask(Disperse("back"))
        ask(Disperse("readers"))
    return Outcome(delays, memory, resumed)
