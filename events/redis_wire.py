"""Redis as a wire: publishing to one server or to the nodes of a cluster.

redis-py retries and reconnects by itself, and subscribes again. All of that is switched off: a
break that nobody notices is a hint that nobody misses, and a publish that waits for Redis to come
back keeps the next ones waiting.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from events.redis_nodes import RedisNodes, send
from events.redis_topology import Topology


class RedisWire:
    """Publishes over `redis://HOST:PORT/DB`, a server or a cluster."""

    def __init__(self, url: str) -> None:
        self._nodes = RedisNodes(url, retry=Retry(NoBackoff(), 0))

    async def topology(self) -> Topology:
        """As of the first call since the start, or since it was forgotten."""
        topology = await self._nodes.topology()
        return topology if topology.sharded else topology.all_on(self._nodes.here)

    def forget_topology(self) -> None:
        """It may have changed: ask again."""
        self._nodes.forget_topology()

    async def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish on each channel, in order, in one round trip to each node."""
        topology = await self.topology()
        verb = "SPUBLISH" if topology.sharded else "PUBLISH"
        await send(topology.by_node((channel, (verb, channel, data)) for channel, data in messages))

    async def close(self) -> None:
        await self._nodes.close()


@contextmanager
def outages_of_redis() -> Iterator[None]:
    """Raise ConnectionError for every way in which Redis does not do its work."""
    try:
        yield
    except Exception as error:
        outages, faults = ExceptionGroup("", [error]).split(_is_outage)
        if faults or not outages:
            raise
        raise ConnectionError(f"Redis: {_first(outages)}") from error


def _is_outage(error: BaseException) -> bool:
    # uvloop raises RuntimeError for a write on a connection that was lost in the same turn.
    lost = isinstance(error, RuntimeError) and "handler is closed" in str(error)
    return lost or isinstance(error, (RedisError, OSError))


def _first(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or "no answer in time"
