"""What goes wrong, one thing after the other, while people work."""

import asyncio
import signal
from asyncio import to_thread
from collections.abc import Awaitable, Callable

from tests.chaos.cluster import Cluster
from tests.chaos.proxy import Proxy

Fault = tuple[str, Callable[[], Awaitable[None]]]


class Faults:
    """Breaks the cluster and mends it.

    away: seconds without a thing that was stopped; redis_away: seconds without Redis
    """

    def __init__(self, cluster: Cluster, proxy: Proxy, *, away: float, redis_away: float) -> None:
        self._cluster = cluster
        self._proxy = proxy
        self._away = away
        self._redis_away = redis_away

    def once_each(self) -> list[Fault]:
        """Each kind of fault, once."""
        return [
            ("half of the connections cut", lambda: self._cut(0.5)),
            ("a server killed with -9", lambda: self._kill(0)),
            ("Redis gone, and all connections cut", self._redis_gone),
            ("PostgreSQL restarted, fast", lambda: self._restart_postgres(signal.SIGINT)),
            ("Redis hangs", self._redis_hangs),
            ("servers restarted, one after the other", self._roll),
            ("all connections cut", lambda: self._cut(1.0)),
        ]

    def the_rest(self) -> list[Fault]:
        """Every server killed, and faults on top of each other."""
        return [
            ("a server killed with -9", lambda: self._kill(1)),
            ("PostgreSQL restarted, immediate", lambda: self._restart_postgres(signal.SIGQUIT)),
            ("Redis hangs, and a server killed with -9", self._kill_while_redis_hangs),
            ("all connections cut", lambda: self._cut(1.0)),
            ("all servers killed with -9", self._kill_all),
            ("half of the connections cut", lambda: self._cut(0.5)),
        ]

    async def _cut(self, share: float) -> None:
        self._proxy.cut(share)

    async def _kill(self, number: int) -> None:
        server = self._cluster.servers[number]
        server.kill()
        await asyncio.sleep(self._away)
        await to_thread(server.start)

    async def _kill_all(self) -> None:
        for server in self._cluster.servers:
            server.kill()
        await asyncio.sleep(self._away)
        for server in self._cluster.servers:
            await to_thread(server.start)

    async def _redis_gone(self) -> None:
        self._cluster.redis.stop(signal.SIGKILL)
        await asyncio.sleep(self._redis_away / 2)
        self._proxy.cut()
        await asyncio.sleep(self._redis_away / 2)
        await to_thread(self._cluster.redis.start)

    async def _redis_hangs(self) -> None:
        self._cluster.redis.hang()
        try:
            await asyncio.sleep(3 * self._away)
        finally:
            self._cluster.redis.wake()

    async def _kill_while_redis_hangs(self) -> None:
        await asyncio.gather(self._redis_hangs(), self._kill(2))

    async def _restart_postgres(self, how: signal.Signals) -> None:
        await to_thread(self._cluster.postgres.stop, how)
        await asyncio.sleep(self._away)
        await to_thread(self._cluster.postgres.start)

    async def _roll(self) -> None:
        for server in self._cluster.servers:
            await to_thread(self._cluster.stop, server)
            await to_thread(server.start)
