"""Which node of a Redis has which key, carries which channel, and by which kind of pub/sub.

Sharded pub/sub keeps a channel on the node that owns its slot; ordinary pub/sub in a cluster
sends every message to every node.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

FIRST_SHARDED_REDIS = 7
T = TypeVar("T")


@dataclass(frozen=True)
class Topology:
    """Which node has which key, and carries which channel.

    sharded: whether channels are carried by SSUBSCRIBE and SPUBLISH, or by SUBSCRIBE and PUBLISH
    owners: ranges of slots, and the node of each
    """

    sharded: bool
    owners: Sequence[tuple[range, Redis]]

    @property
    def nodes(self) -> Sequence[Redis]:
        return list(dict.fromkeys(node for _, node in self.owners))

    def node_of(self, key: str) -> Redis:
        """The node of a key or a channel. Raises ConnectionError where the cluster has none."""
        slot = key_slot(key.encode())
        for slots, node in self.owners:
            if slot in slots:
                return node
        raise ConnectionError(f"no node of the cluster owns slot {slot}")

    def by_node(self, of_keys: Iterable[tuple[str, T]]) -> Mapping[Redis, Sequence[T]]:
        """What belongs to a key, at the key's node, in order."""
        found = defaultdict(list)
        for key, one in of_keys:
            found[self.node_of(key)].append(one)
        return found

    def all_on(self, node: Redis) -> "Topology":
        """One node for everything: ordinary pub/sub may be spoken with any."""
        return replace(self, owners=[(range(REDIS_CLUSTER_HASH_SLOTS), node)])

    def channel_on(self, node: Redis, stem: str) -> str:
        """A channel that this node carries, or a key that it has."""
        return next(name for n in count() if self.node_of(name := f"{stem}.{n}") is node)


def is_cluster(info: Mapping[str, Any]) -> bool:
    """From `INFO server`; Valkey 8 calls it server_mode."""
    return "cluster" in (info.get("redis_mode"), info.get("server_mode"))


def is_sharded(info: Mapping[str, Any]) -> bool:
    """Valkey shards always, Redis from 7 on and where it is a cluster."""
    if info.get("server_name") == "valkey" or "valkey_version" in info:
        return True
    version = int(str(info["redis_version"]).partition(".")[0])
    return is_cluster(info) and version >= FIRST_SHARDED_REDIS
