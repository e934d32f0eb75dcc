"""What coming in costs: connect, prove who you are, and into a room."""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.cases.pairs import lines_of
from benchmarks.cases.visitors import visitors_of
from benchmarks.database import new_database
from benchmarks.generator.orders import Disperse, Gather, Usage
from benchmarks.population import populate
from benchmarks.programs import NODE, ROOMCAST, ROOMCAST_PLAIN, Peer, Program, running
from benchmarks.report import Table
from benchmarks.setting import Setting, peer_settings
from benchmarks.statistics import is_saturated, spread

CONNECTIONS = 500
PEERS = (ROOMCAST, NODE, ROOMCAST_PLAIN)


def connect(setting: Setting) -> Iterator[Table]:
    """All come in, fifty at a time, and leave; each server in turn."""
    usages: dict[Peer, list[Usage]] = {peer: [] for peer in PEERS}
    with new_database() as url, ExitStack() as stack:
        visitors = visitors_of(populate(url, CONNECTIONS))
        settings = peer_settings(setting.folder, url)
        programs = {peer: stack.enter_context(running(peer, settings)) for peer in PEERS}

        def once(peer: Peer, program: Program) -> Usage:
            gather = Gather(peer.name, peer.dialect, program.port, program.pid, visitors)
            usage = setting.generator.ask(gather)
            setting.generator.ask(Disperse(peer.name))
            return usage

        for peer, program in programs.items():
            once(peer, program)  # pools, caches, compilers
        for _ in range(setting.rounds):
            for peer, program in programs.items():
                usages[peer].append(once(peer, program))
    costs = {peer: [one.server_ns / 1000 / CONNECTIONS for one in usages[peer]] for peer in PEERS}
    void = {peer for peer in PEERS if any(is_saturated(one.generator_load) for one in usages[peer])}
    lines = lines_of(PEERS, costs, {NODE: 1.25}, void)
    yield Table(
        "Connect, JWT, team lookup, subscribe",
        "server CPU, µs a connection",
        "Roomcast ÷ it",
        lines,
        (f"Connections a second: {', '.join(map(rate, PEERS, usages.values()))}.",),
    )


def rate(peer: Peer, usages: list[Usage]) -> str:
    a_second = spread([CONNECTIONS * 1e9 / one.wall_ns for one in usages])
    return f"{peer.name} {a_second.median:,.0f}"
