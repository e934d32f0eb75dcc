"""What an idle socket costs: memory of the server for each, once it is in a room."""

import time
from collections.abc import Iterator, Mapping

from benchmarks.cases.pairs import lines_of
from benchmarks.cases.visitors import visitors_of
from benchmarks.database import new_database
from benchmarks.generator.orders import Disperse, Gather
from benchmarks.measure import pss_bytes
from benchmarks.population import Population, populate
from benchmarks.programs import (
    CHANNELS,
    NGINX,
    NODE,
    PYTHON_SOCKETIO,
    ROOMCAST,
    ROOMCAST_PLAIN,
    Peer,
    is_installed,
    running,
)
from benchmarks.report import Table
from benchmarks.setting import Setting, peer_settings

SOCKETS = 2000
"""With half as many it is V8's first heap that is measured: 15 KB a socket, or 35."""
WARM_UP = 10
"""Enough for what is loaded with the first; more would hide what the measured ones take."""
SETTLED_AFTER = 1.0
PEERS = (ROOMCAST, NODE, ROOMCAST_PLAIN, PYTHON_SOCKETIO, CHANNELS, NGINX)


def idle(setting: Setting) -> Iterator[Table]:
    """Each server afresh in each round, for what was once allocated is not given back."""
    kilobytes: dict[Peer, list[float]] = {peer: [] for peer in PEERS if is_installed(peer)}
    with new_database() as url:
        population = populate(url, SOCKETS)
        settings = peer_settings(setting.folder, url)
        for _ in range(setting.rounds):
            for peer, measured in kilobytes.items():
                measured.append(memory_of_a_socket(setting, peer, settings, population) / 1024)
    lines = lines_of(PEERS, kilobytes, {NODE: 1.0})
    yield Table(
        f"Idle: {SOCKETS:,} sockets in one room", "server PSS, KB a socket", "Roomcast ÷ it", lines
    )


def memory_of_a_socket(
    setting: Setting, peer: Peer, settings: Mapping[str, str], population: Population
) -> float:
    """Bytes, after some others have come and gone."""
    visitors = visitors_of(population)
    with running(peer, settings) as program:

        def gather(count: int) -> None:
            setting.generator.ask(
                Gather(peer.name, peer.dialect, program.port, program.pid, visitors[:count])
            )
            time.sleep(SETTLED_AFTER)

        gather(WARM_UP)
        setting.generator.ask(Disperse(peer.name))
        time.sleep(SETTLED_AFTER)
        before = pss_bytes(program.pid)
        gather(SOCKETS)
        after = pss_bytes(program.pid)
        setting.generator.ask(Disperse(peer.name))
    return (after - before) / SOCKETS
