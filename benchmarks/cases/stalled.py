"""Readers that stop reading: what they cost the others, and what becomes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.cases.visitors import visitors_of
from benchmarks.database import new_database
from benchmarks.generator.orders import Disperse, Gather
from benchmarks.generator.writes import Delays, Resume, Write
from benchmarks.measure import MemoryWatch, pss_bytes
from benchmarks.population import Population, populate
from benchmarks.programs import ROOMCAST, running
from benchmarks.report import Line, Table
from benchmarks.setting import Setting, roomcast_settings
from benchmarks.statistics import is_saturated, ratios

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
"""For each stalled reader: the server's bound of 1 MiB, and what malloc makes of it.

Far less is seen here, for the frames that wait are the same bytes for all readers of a room.
"""
FINE = (
    f"All {STALLED} stalled were cut, came back and got what they had missed. "
    f"The other {SOCKETS - STALLED} missed nothing, and none of them was cut."
)
"""Or there would be no table."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    delays: of the ordinary readers; memory: by how many bytes the server had grown at its peak
    """

    delays: Delays
    memory: int


def stalled(setting: Setting) -> Iterator[Table]:
    """The same writes to 500 readers, and to 400 and 100 that do not read, in turns."""
    without: list[Outcome] = []
    beside: list[Outcome] = []
    with new_database() as url:
        population = populate(url, SOCKETS)
        for _ in range(setting.rounds):
            without.append(run(setting, url, population, stalled=False))
            beside.append(run(setting, url, population, stalled=True))
    yield table_of(without, beside)


def table_of(without: Sequence[Outcome], beside: Sequence[Outcome]) -> Table:
    """The same 400 in both; their p99 beside the stalled may be what it also is without them."""
    p99 = [one.delays.to_client.p99 for one in without]
    beside_p99 = [one.delays.to_client.p99 for one in beside]
    extra = [
        (more.memory - less.memory) / STALLED / MEGABYTE
        for more, less in zip(beside, without, strict=True)
    ]
    void = any(is_saturated(one.delays.generator_load) for one in (*without, *beside))
    return Table(
        f"{STALLED} stalled readers among {SOCKETS}",
        "ms, ÷, MB",
        "",
        [
            Line("p99 to a healthy reader, nobody stalled", p99, void=void),
            Line("beside the stalled; bar: the most without", beside_p99, bar=max(p99), void=void),
            Line("beside ÷ without, round by round", ratios(beside_p99, p99), void=void),
            Line("memory for each stalled reader at the peak, MB", extra, bar=BAR_MB),
        ],
        (FINE,),
    )


def run(setting: Setting, url: str, population: Population, *, stalled: bool) -> Outcome:
    """On a server of its own; raises RuntimeError where anybody did not get what they should."""
    settings = roomcast_settings(setting.folder, ROOMCAST_DATABASE_URL=url)
    with running(ROOMCAST, {**settings, "SEND_BUFFER": str(KERNEL_BUFFER)}) as program:
        ask, visitors = setting.generator.ask, visitors_of(population)
        port, pid, project = program.port, program.pid, population.projects[0]
        few = Gather("readers", ROOMCAST.dialect, port, pid, visitors[:STALLED], timed=True)
        ask(replace(few, receive_buffer=KERNEL_BUFFER))
        ask(replace(few, visitors=visitors[STALLED:]))
        before = pss_bytes(pid)
        write = Write("readers", port, pid, population.tokens[0], project, WRITES_A_SECOND, SECONDS)
        with MemoryWatch(pid) as memory:
            delays = ask(replace(write, description=DESCRIPTION, apart=STALLED, stalled=stalled))
        back = [replace(one, project=None) for one in few.visitors]
        ask(replace(few, crowd="back", visitors=back))
        resumed = ask(Resume("back", project, delays.first_seq - 1, WRITES_A_SECOND * SECONDS))
        ask(Disperse("back"))
        ask(Disperse("readers"))
    if delays.cut != (STALLED if stalled else 0) or resumed != STALLED:
        raise RuntimeError(f"{delays.cut} were cut, {resumed} of {STALLED} got what they missed.")
    return Outcome(delays, memory.peak - before)
