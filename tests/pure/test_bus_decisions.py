"""What the bus decides: whether a server is deaf, and whether a Redis shards."""

import pytest

from events.canary import DEAF_AFTER, Canary
from events.redis_topology import is_sharded

A, B = "roomcast:canary.0", "roomcast:canary.1"


def hearing() -> Canary:
    canary = Canary()
    canary.begin([A, B])
    canary.published([A, B], now=0)
    assert canary.state(0) == "away"
    assert not canary.heard(A)
    assert canary.heard(B)
    assert canary.state(0) == "up"
    return canary


def test_a_listener_hears_once_each_connection_has_heard() -> None:
    canary = hearing()
    assert not canary.heard(A), "said once only"


def test_silence_on_one_connection_makes_deaf() -> None:
    canary = hearing()
    for second in range(1, 5):
        canary.published([A, B], now=second)
        canary.heard(A)
    assert canary.state(1 + DEAF_AFTER) == "up"
    assert canary.state(1.1 + DEAF_AFTER) == "deaf"


def test_a_new_listener_is_deaf_until_it_hears() -> None:
    canary = hearing()
    canary.published([A, B], now=1)
    canary.end()
    canary.begin([A, B])
    canary.published([A, B], now=6)
    assert canary.state(6) == "deaf"
    canary.heard(A)
    assert canary.heard(B)
    assert canary.state(6) == "up"


def test_who_cannot_publish_is_away_and_not_deaf() -> None:
    canary = hearing()
    canary.published([A, B], now=1)
    canary.publish_failed()
    assert canary.state(100) == "away"


def test_a_node_that_has_left_the_cluster_is_not_missed() -> None:
    canary = hearing()
    canary.published([A, B], now=1)
    canary.published([A], now=2)
    canary.heard(A)
    assert canary.state(100) == "up"


@pytest.mark.parametrize(
    ("info", "sharded"),
    [
        ({"redis_version": "6.2.14", "redis_mode": "standalone"}, False),
        ({"redis_version": "6.2.14", "redis_mode": "cluster"}, False),
        ({"redis_version": "7.0.15", "redis_mode": "standalone"}, False),
        ({"redis_version": "7.0.15", "redis_mode": "cluster"}, True),
        ({"redis_version": "10.0.1", "redis_mode": "cluster"}, True),
        ({"redis_version": 8.0, "redis_mode": "cluster"}, True),  # as redis-py reads "8.0"
        (
            {
                "redis_version": "7.2.4",
                "server_name": "valkey",
                "valkey_version": "8.1.3",
                "server_mode": "standalone",
            },
            True,
        ),
        ({"redis_version": "7.2.4", "server_name": "valkey", "server_mode": "cluster"}, True),
    ],
)
def test_valkey_shards_and_so_does_a_cluster_of_redis_7(
    info: dict[str, str | float],
    sharded: bool,  # noqa: FBT001
) -> None:
    assert is_sharded(info) is sharded
