"""The bus between servers: Redis pub/sub, one channel a room, heard only where somebody is in it.

Redis is a wire, not a store: what it loses is found half a second later by comparing heads.
"""

import asyncio
from collections.abc import Sequence

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from events.bus import Hear
from events.log import LoggedEvent

log = structlog.get_logger()
PREFIX = "roomcast:"
KEPT_OPEN = f"{PREFIX}listeners"
"""A channel every server hears, so that its subscription is never empty."""


class RedisBus:
    """Hints over `redis://HOST:PORT/DB`."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._hear: Hear = lambda _: None
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()

    def deliver_to(self, hear: Hear) -> None:
        self._hear = hear

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        """Publish in one round trip. Raises ConnectionError where Redis is away."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for event in events:
                    pipeline.publish(PREFIX + event.room, orjson.dumps(event))
                await pipeline.execute()
        except RedisError as error:
            raise ConnectionError(f"Redis: {error}") from error

    def listen(self, room: str) -> None:
        self._wanted.add(PREFIX + room)
        self._changed.set()

    def unlisten(self, room: str) -> None:
        self._wanted.discard(PREFIX + room)
        self._changed.set()

    async def run(self) -> None:
        """Hear until Redis goes away, which raises ConnectionError; then run again."""
        try:
            async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(KEPT_OPEN)
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._follow_rooms(pubsub))
                    group.create_task(self._hear_hints(pubsub))
        except* RedisError as errors:
            raise ConnectionError(f"Redis: {errors.exceptions[0]}") from errors

    async def close(self) -> None:
        await self._redis.aclose()

    async def _follow_rooms(self, pubsub: PubSub) -> None:
        heard: set[str] = set()
        while True:
            self._changed.clear()
            wanted = self._wanted.copy()
            if new := wanted - heard:
                await pubsub.subscribe(*new)
            if old := heard - wanted:
                await pubsub.unsubscribe(*old)
            heard = wanted
            await self._changed.wait()

    async def _hear_hints(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is not None and (hint := read_hint(message["data"])):
                self._hear(hint)


def read_hint(data: bytes) -> LoggedEvent | None:
    """The event of a hint; None where a server of another version wrote it otherwise."""
    try:
        fields = orjson.loads(data)
        return LoggedEvent(**{**fields, "concerns": tuple(fields["concerns"])})
    except (orjson.JSONDecodeError, TypeError, KeyError):
        log.warning("hint_not_understood", hint=data[:200])
        return None
