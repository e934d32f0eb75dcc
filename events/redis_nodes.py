"""The nodes of a Redis: the one server, or those of a cluster.

redis-py's own client of a cluster must be told that it is one, sleeps between its tries, and closes
connections that others wait on. Here the node of a key is looked up, and asked like a server.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS

from events.redis_topology import Topology, is_cluster, is_sharded

Command = tuple[Any, ...]


class RedisNodes:
    """Clients for `redis://HOST:PORT/DB`; whether that is a cluster is asked, not configured.

    here: the node that the URL names
    options: of redis-py's client, the same for each node
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._url = url
        self._options = options
        self._clients: dict[str, Redis] = {}
        self.here = self._client(url)
        self._topology: Topology | None = None
        self._asking = asyncio.Lock()

    async def topology(self) -> Topology:
        """As of the first call since the start, or since it was forgotten."""
        async with self._asking:
            if self._topology is None:
                self._topology = await self._ask()
            return self._topology

    def forget_topology(self) -> None:
        """It may have changed: ask again."""
        self._topology = None

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _ask(self) -> Topology:
        info: Mapping[str, Any] = await self.here.info("server")
        if not is_cluster(info):
            return Topology(is_sharded(info), [(range(REDIS_CLUSTER_HASH_SLOTS), self.here)])
        owners = [
            (range(first, last + 1), self._client(self._beside(host.decode(), port)))
            for first, last, (host, port, *_), *_ in await _slots(self.here)
        ]
        return Topology(is_sharded(info), owners)

    def _client(self, url: str) -> Redis:
        if url not in self._clients:
            # RESP2: with RESP3 redis-py asks each server for notices of maintenance.
            self._clients[url] = Redis.from_url(url, protocol=2, **self._options)
        return self._clients[url]

    def _beside(self, host: str, port: int) -> str:
        """Another node's URL: with our user, password, and TLS; no host: the one we asked."""
        parts = urlsplit(self._url)
        user = parts.netloc.rpartition("@")[0]
        name = host or parts.hostname or ""
        address = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        return parts._replace(netloc=f"{user}@{address}" if user else address).geturl()


async def send(commands: Mapping[Redis, Sequence[Command]]) -> None:
    """Send each node its commands, in order, in one round trip. Raises what one of them raised."""
    done = await asyncio.gather(
        *(_send(node, theirs) for node, theirs in commands.items()), return_exceptions=True
    )
    for fault in filter(None, done):
        raise fault


async def _send(node: Redis, commands: Sequence[Command]) -> None:
    async with node.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        await pipeline.execute()


async def _slots(node: Redis) -> list[Any]:
    """Ranges of slots: the first, the last, then their nodes, the primary first."""
    slots: list[Any] = await node.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
    return slots
