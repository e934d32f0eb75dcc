"""The bus between servers: Redis pub/sub, one channel a room, heard only where somebody is in it.

Redis is a wire, not a store: what it loses is found by comparing heads, every half second and
after each break.
"""

import asyncio
from collections.abc import Sequence
from secrets import token_hex
from time import monotonic

import orjson
import structlog

from events.bus import BusState, Hear, Missed
from events.canary import DEAF_AFTER, PUBLISHES_EVERY, Canary
from events.log import LoggedEvent
from events.redis_listener import RedisListener
from events.redis_topology import Topology
from events.redis_wire import RedisWire, outages_of_redis

log = structlog.get_logger()
PUBLISHES_WITHIN = 0.5
"""Seconds, also where Redis holds the connection and says nothing."""
CONNECTS_WITHIN = 2.0
"""Seconds, of a listener to all nodes."""


class RedisBus:
    """Hints over `redis://HOST:PORT/DB`, a server or a cluster, Redis or Valkey.

    prefix: what channels begin with, another for each house; pub/sub knows no database numbers
    """

    def __init__(self, url: str, prefix: str = "roomcast:") -> None:
        self._wire = RedisWire(url)
        self._prefix = prefix
        self._hear: Hear = lambda _: None
        self._missed: Missed = lambda: None
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._canary = Canary()
        self._canary_stem = f"{prefix}canary.{token_hex(8)}"

    @property
    def state(self) -> BusState:
        return self._canary.state(monotonic())

    def deliver_to(self, hear: Hear, missed: Missed) -> None:
        self._hear, self._missed = hear, missed

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        """Publish in one round trip. Raises ConnectionError where Redis is away or too slow."""
        hints = [(self._prefix + event.room, orjson.dumps(event)) for event in events]
        try:
            with outages_of_redis():
                async with asyncio.timeout(PUBLISHES_WITHIN):
                    await self._wire.publish(hints)
        except ConnectionError:
            self._wire.forget_topology()
            raise

    def listen(self, room: str) -> None:
        self._wanted.add(self._prefix + room)
        self._changed.set()

    def unlisten(self, room: str) -> None:
        self._wanted.discard(self._prefix + room)
        self._changed.set()

    async def run(self) -> None:
        """Hear until Redis goes away or this server is deaf: ConnectionError; then run again."""
        with outages_of_redis():
            self._wire.forget_topology()
            # Before there is a listener: one that cannot be opened makes us deaf, and not Redis
            # away, as long as we publish.
            topology = await self._publish_canaries()
            listener = RedisListener(topology)
            try:
                async with asyncio.timeout(CONNECTS_WITHIN):
                    await listener.open()
                self._canary.begin(self._canaries(topology))
                async with asyncio.TaskGroup() as group:
                    group.create_task(listener.hear(self._on_message))
                    group.create_task(self._follow_rooms(listener, topology))
                    group.create_task(self._keep_publishing())
            finally:
                self._canary.end()
                await listener.close()

    async def close(self) -> None:
        await self._wire.close()

    async def _follow_rooms(self, listener: RedisListener, topology: Topology) -> None:
        heard = self._wanted.copy()
        await listener.subscribe(heard)
        # The last to be subscribed: whoever hears the canary hears the rooms, too.
        await listener.subscribe(self._canaries(topology))
        await self._publish_canaries()
        while True:
            self._changed.clear()
            wanted = self._wanted.copy()
            await listener.subscribe(wanted - heard)
            await listener.unsubscribe(heard - wanted)
            heard = wanted
            await self._changed.wait()

    async def _keep_publishing(self) -> None:
        began = monotonic()
        while True:
            await asyncio.sleep(PUBLISHES_EVERY)
            # Meanwhile what came while this process had no turn is heard.
            await self._publish_canaries()
            if self.state == "deaf" and monotonic() - began > DEAF_AFTER:
                raise ConnectionError("what this server publishes does not come back to it")

    async def _publish_canaries(self) -> Topology:
        try:
            async with asyncio.timeout(PUBLISHES_WITHIN):
                topology = await self._wire.topology()
                canaries = self._canaries(topology)
                await self._wire.publish([(channel, b"") for channel in canaries])
        except Exception:
            self._canary.publish_failed()
            raise
        self._canary.published(canaries, monotonic())
        return topology

    def _canaries(self, topology: Topology) -> list[str]:
        return [topology.channel_on(node, self._canary_stem) for node in topology.nodes]

    def _on_message(self, channel: str, data: bytes) -> None:
        if channel.startswith(self._canary_stem):
            if self._canary.heard(channel):
                self._missed()
        elif hint := read_hint(data):
            self._hear(hint)


def read_hint(data: bytes) -> LoggedEvent | None:
    """The event of a hint; None where a server of another version wrote it otherwise."""
    try:
        fields = orjson.loads(data)
        return LoggedEvent(**{**fields, "concerns": tuple(fields["concerns"])})
    except (orjson.JSONDecodeError, TypeError, KeyError):
        log.warning("hint_not_understood", hint=data[:200])
        return None
