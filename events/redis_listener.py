"""Listening to Redis: a subscriber connection to each node, until one of them breaks.

On redis-py's connections and not on its PubSub, which reconnects from the reader and the writer at
once: under uvloop that ends in faults of every kind, instead of in one ConnectionError.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from events.redis_topology import Topology

Hear = Callable[[str, bytes], None]


class RedisListener:
    """Subscriptions on the nodes that carry them. It is made anew after every break."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._connections: dict[Redis, AbstractConnection] = {}
        self._leaving: Counter[str] = Counter()

    async def open(self) -> None:
        for node in self._topology.nodes:
            # Not out of the pool: taken from there, it would be missing to publish on.
            pool: Any = node.connection_pool
            connection = self._connections[node] = pool.make_connection()
            await connection.connect()

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.disconnect(nowait=True)

    async def subscribe(self, channels: Iterable[str]) -> None:
        await self._send("SUBSCRIBE", channels)

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        channels = list(channels)
        self._leaving.update(channels)
        await self._send("UNSUBSCRIBE", channels)

    async def hear(self, hear: Hear) -> None:
        """Call `hear` with the channel and the data of each message, for ever."""
        async with asyncio.TaskGroup() as group:
            for connection in self._connections.values():
                group.create_task(self._read(connection, hear))

    async def _send(self, verb: str, channels: Iterable[str]) -> None:
        """One command a channel, for a sharded one takes channels of one slot only."""
        verb = f"S{verb}" if self._topology.sharded else verb
        commands = self._topology.by_node((channel, (verb, channel)) for channel in channels)
        for node, theirs in commands.items():
            connection = self._connections[node]
            await connection.send_packed_command(connection.pack_commands(theirs))

    async def _read(self, connection: AbstractConnection, hear: Hear) -> None:
        while True:
            match await connection.read_response(timeout=math.inf, disconnect_on_error=False):
                case [b"message" | b"smessage", bytes(channel), bytes(data)]:
                    hear(channel.decode(), data)
                case [b"unsubscribe" | b"sunsubscribe", bytes(channel), _]:
                    self._left(channel.decode())

    def _left(self, channel: str) -> None:
        if not self._leaving[channel]:
            # A node says so by itself when it has given the channel's slot away.
            raise ConnectionError(f"{channel} moved to another node")
        self._leaving[channel] -= 1
        if not self._leaving[channel]:
            del self._leaving[channel]
