"""What one delivery costs the server: paced and in bursts, in large rooms and in small ones."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases.pairs import lines_of
from benchmarks.cases.visitors import visitors_of
from benchmarks.frames import FIRST_SEQ
from benchmarks.generator.orders import Broadcast, Disperse, Gather, Learn, Usage
from benchmarks.measure import file_limit
from benchmarks.population import populate
from benchmarks.programs import (
    BARE,
    CHANNELS,
    NGINX,
    NODE,
    PYTHON_SOCKETIO,
    ROOMCAST,
    ROOMCAST_PLAIN,
    Peer,
    Program,
    is_installed,
    running,
)
from benchmarks.report import Table
from benchmarks.setting import HOURS, Setting, roomcast_settings
from benchmarks.statistics import is_saturated

PAUSES = (0.002, 0.01, 0.05)
"""Seconds between two broadcasts; the next where the generator was saturated."""
DELIVERIES, OF_THE_SLOW = 100_000, 15_000
"""In one round, about."""
MOST_BROADCASTS = 1000
SLOW = (PYTHON_SOCKETIO, CHANNELS)
ALL = (BARE, ROOMCAST, NODE, ROOMCAST_PLAIN, PYTHON_SOCKETIO, NGINX, CHANNELS)
FEW = (BARE, ROOMCAST, NODE, ROOMCAST_PLAIN, PYTHON_SOCKETIO)
PACED_BARS = {NODE: 0.75, BARE: 1.5, PYTHON_SOCKETIO: 0.12, ROOMCAST_PLAIN: 1.05}
"""The plain door shall be no dearer than the other; a twentieth is noise."""
SPARE_FILES = 500
UNIT, RATIO = "server CPU, µs a delivery", "Roomcast ÷ it"
NOBODY = 999_999
"""A project that nobody watches: what the trigger alone costs."""


@dataclass(frozen=True)
class Pace:
    """How frames come. burst: in one go; bars: the most Roomcast may cost, to each peer"""

    name: str
    burst: int
    bars: Mapping[Peer, float]


@dataclass(frozen=True)
class Hall:
    """So many sockets in so many rooms, and what is tried on them."""

    sockets: int
    rooms: int
    peers: Sequence[Peer]
    paces: Sequence[Pace]


PACED = Pace("one frame at a time", 1, PACED_BARS)
UNJUDGED = Pace("one frame at a time", 1, {})
BURST = Pace("bursts of 20 frames", 20, {NODE: 0.25})
HALLS = (
    Hall(500, 1, ALL, (PACED, BURST)),
    Hall(2000, 1, FEW, (PACED,)),
    Hall(8000, 1, (ROOMCAST, NODE), (UNJUDGED,)),  # more would be too many files at once
    Hall(500, 50, FEW, (UNJUDGED,)),
)


def fanout(setting: Setting) -> Iterator[Table]:
    """The halls, one after the other; only the first where it has to be quick."""
    for hall in HALLS[:1] if setting.quick else HALLS:
        if (files := hall.sockets * len(hall.peers) + SPARE_FILES) > file_limit():
            yield Table(title_of(hall, UNJUDGED), UNIT, RATIO, (), (too_few_files(files),))
            continue
        with filled(setting, hall) as programs:
            for pace in hall.paces:
                yield measure(setting, hall, pace, programs)


@contextmanager
def filled(setting: Setting, hall: Hall) -> Iterator[Mapping[Peer, Program]]:
    """All servers of a hall at once, with their sockets; who is not asked to emit is idle."""
    folder = setting.folder / f"hall-{hall.sockets}-{hall.rooms}"
    database = f"sqlite://{folder / 'roomcast.db'}"
    population = populate(database, hall.sockets, hall.rooms, first_seq=FIRST_SEQ)
    with ExitStack() as stack:
        programs = {}
        for peer in filter(is_installed, hall.peers):
            program = stack.enter_context(running(peer, unhurried(folder)))
            setting.generator.ask(
                Gather(peer.name, peer.dialect, program.port, program.pid, visitors_of(population))
            )
            stack.callback(setting.generator.ask, Disperse(peer.name))
            setting.generator.ask(Learn(peer.name, population.projects))
            programs[peer] = program
        yield programs


def unhurried(folder: Path) -> Mapping[str, str]:
    """The rooms are not compared with the log, of which the events of this case are no part."""
    return roomcast_settings(folder, ROOMCAST_HEADS_INTERVAL=HOURS)


def measure(setting: Setting, hall: Hall, pace: Pace, programs: Mapping[Peer, Program]) -> Table:
    """Every server in turn, so many times."""
    costs: dict[Peer, list[float]] = {peer: [] for peer in programs}
    void: set[Peer] = set()
    for _ in range(setting.rounds):
        for peer, program in programs.items():
            usage, deliveries = one_round(setting, hall, pace, program)
            costs[peer].append(usage.server_ns / 1000 / deliveries)
            if is_saturated(usage.generator_load):
                void.add(peer)
    lines = lines_of(hall.peers, costs, pace.bars, void)
    return Table(title_of(hall, pace), UNIT, RATIO, lines, (trigger_alone(setting, programs),))


def title_of(hall: Hall, pace: Pace) -> str:
    rooms = "1 room" if hall.rooms == 1 else f"{hall.rooms} rooms"
    return f"{pace.name.capitalize()}: {hall.sockets:,} sockets, {rooms}"


def too_few_files(needed: int) -> str:
    return (
        f"Not measured: it takes {needed:,} open files, and {file_limit():,} are allowed here. "
        "Raise the hard limit (`ulimit -Hn`)."
    )


def one_round(setting: Setting, hall: Hall, pace: Pace, program: Program) -> tuple[Usage, int]:
    """A round, and how many deliveries that were; more slowly where the generator is too busy."""
    slow = program.name in {peer.name for peer in SLOW}
    audience = hall.sockets / hall.rooms
    wanted = (OF_THE_SLOW if slow else DELIVERIES) / (3 if setting.quick else 1)
    broadcasts = min(wanted / audience / pace.burst, MOST_BROADCASTS)
    turns = max(1, round(broadcasts / hall.rooms))
    times = turns * hall.rooms
    for pause in PAUSES:
        usage = setting.generator.ask(
            Broadcast(program.name, program.pid, range(1, hall.rooms + 1), times, pace.burst, pause)
        )
        if not is_saturated(usage.generator_load):
            break
    return usage, round(times * audience * pace.burst)


def trigger_alone(setting: Setting, programs: Mapping[Peer, Program]) -> str:
    """What it costs to be told to emit where nobody listens."""
    costs = []
    for peer, program in programs.items():
        usage = setting.generator.ask(Broadcast(peer.name, program.pid, (NOBODY,), 200))
        costs.append(f"{peer.name} {usage.server_ns / 1000 / 200:.0f}")
    return f"The request that makes them emit, µs each, included above: {', '.join(costs)}."
