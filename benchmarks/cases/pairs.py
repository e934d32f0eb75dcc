"""A table of servers that were measured in turns: each beside Roomcast, round by round."""

from collections.abc import Collection, Mapping, Sequence

from benchmarks.programs import ROOMCAST, ROOMCAST_PLAIN, Peer
from benchmarks.report import Line
from benchmarks.statistics import ratios

Measured = Mapping[Peer, Sequence[float]]


def lines_of(
    peers: Sequence[Peer],
    measured: Measured,
    bars: Mapping[Peer, float],
    void: Collection[Peer] = (),
) -> list[Line]:
    """A line for each peer, those too that are not installed.

    measured: one value for each round; void: who kept the generator too busy
    """
    return [
        Line(
            peer.name,
            measured[peer],
            ratio_of(peer, measured),
            bars.get(peer),
            void=peer in void or (ROOMCAST in void and peer in bars),
            upside_down=peer is ROOMCAST_PLAIN,
        )
        if peer in measured
        else Line(peer.name, note="not installed")
        for peer in peers
    ]


def ratio_of(peer: Peer, measured: Measured) -> list[float]:
    """Roomcast's Socket.IO door to the peer; but its plain door to that one."""
    if peer is ROOMCAST:
        return []
    if peer is ROOMCAST_PLAIN:
        return ratios(measured[peer], measured[ROOMCAST])
    return ratios(measured[ROOMCAST], measured[peer])
