"""Redis as the limits ask it: with a time limit, and not again for a second after it failed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import MovedError
from throttled.exceptions import StoreUnavailableError

from events.redis_nodes import RedisNodes, send
from events.redis_topology import Topology
from events.redis_wire import outages_of_redis

log = structlog.get_logger()
PATIENCE = 0.5
"""Seconds that one question may take, connecting included."""
PAUSE = 1.0
"""Seconds for which Redis is not asked after it failed."""
AT_ONCE = 16
"""Questions on the wire at a time; who waits for a turn does not use up Redis' half second."""
PROBE = "roomcast:probe"
T = TypeVar("T")
Question = Callable[[Topology], Awaitable[T]]
"""Asks the nodes of its keys; it is asked again where a key has moved."""


class Breaker:
    """A circuit breaker: while Redis is away or hangs, whoever asks is told so at once.

    When the pause is over one question tries it, and the others are still told at once. A cluster
    is away while one of its nodes is.
    prefix: what keys begin with, another for each house
    fallbacks: decisions that were made without Redis
    """

    def __init__(self, url: str, prefix: str = "roomcast:") -> None:
        # One time limit around everything; redis-py's own would begin anew at each of its steps.
        # One retry at once: a pooled connection may be one to a Redis that has restarted since.
        self._nodes = RedisNodes(url, socket_timeout=None, retry=Retry(NoBackoff(), 1))
        self.prefix = prefix
        self.fallbacks = 0
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._away = False
        self._ask_again_at = 0.0
        self._on_return: Callable[[], None] = lambda: None

    def on_return(self, act: Callable[[], None]) -> None:
        """Call `act` when Redis answers again."""
        self._on_return = act

    async def decide(self, question: Question[T], alone: Callable[[], T]) -> T:
        """Redis' answer, or what the process decides alone while Redis is away."""
        try:
            return await self.ask(question)
        except ConnectionError:
            self.fallbacks += 1
            return alone()

    async def ask(self, question: Question[T]) -> T:
        """Redis' answer. Raises ConnectionError where it is away, or was a moment ago."""
        loop = asyncio.get_running_loop()
        async with self._turns:
            if loop.time() < self._ask_again_at:
                raise ConnectionError("Redis is away")
            # Only this one ends the outage: others on the wire may be on a node that is well.
            if trying := self._away:
                self._ask_again_at = loop.time() + PATIENCE + PAUSE
            try:
                with outages_of_redis():
                    async with asyncio.timeout(PATIENCE):
                        answer = await self._put(question)
            except (ConnectionError, StoreUnavailableError) as error:
                self._failed(error)
                self._ask_again_at = loop.time() + PAUSE
                raise ConnectionError(f"Redis: {error!r}") from error
            if trying:
                self._returned()
            return answer

    async def close(self) -> None:
        await self._nodes.close()

    async def _put(self, question: Question[T]) -> T:
        topology = await self._nodes.topology()
        if self._away:
            # Of a key: a node that has just come back answers PING, and refuses keys for a while.
            probes = {node: topology.channel_on(node, PROBE) for node in topology.nodes}
            await send({node: [("EXISTS", key)] for node, key in probes.items()})
        try:
            return await question(topology)
        except (MovedError, StoreUnavailableError) as error:
            if not isinstance(error.__cause__ or error, MovedError):
                raise
            self._nodes.forget_topology()
            return await question(await self._nodes.topology())

    def _failed(self, error: Exception) -> None:
        self._nodes.forget_topology()
        if not self._away:
            self._away = True
            log.warning("limits_without_redis", why=repr(error.__cause__ or error)[:200])

    def _returned(self) -> None:
        self._away = False
        self._ask_again_at = 0.0
        log.info("limits_with_redis_again")
        self._on_return()
