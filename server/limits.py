"""What the doors count: connections of the server and of each user, messages of each user."""

from collections import Counter
from datetime import timedelta
from functools import cache

from redis.asyncio import Redis
from throttled import RateLimiterType, RateLimitResult, Throttled, rate_limiter
from throttled.asyncio import RedisStore, RedisStoreBackend
from throttled.asyncio import Throttled as SharedThrottled
from throttled.store import MemoryStore

from events.names import user_room
from models.refusals import Limited
from rooms.breaker import Breaker
from rooms.places import Places

USERS_REMEMBERED = 100_000


class Connections:
    """Places for authenticated connections: on this server, and for each user on all servers."""

    def __init__(self, places: Places, *, a_server: int, a_user: int) -> None:
        self._places = places
        self._a_server = a_server
        self._a_user = a_user
        self._users: Counter[int] = Counter()
        self.count = 0

    async def take(self, user_id: int) -> None:
        """Take a place, or raise Limited. Give it back with `release`."""
        self.require_place()
        # Counted before it is asked for, so that of two at a time one is the second.
        self.count += 1
        self._users[user_id] += 1
        mine, allowed = self._users[user_id], False
        try:
            allowed = await self._places.allow(user_room(user_id), mine, self._a_user)
        finally:
            if not allowed:
                self.release(user_id)
        if not allowed:
            raise Limited(
                "too_many_connections",
                f"You have {self._a_user} connections open already: close a tab, or share one "
                "connection between tabs.",
                retry_after=30,
            )

    def require_place(self) -> None:
        """Raise Limited where this server has no place for anybody."""
        if self.count >= self._a_server:
            raise Limited(
                "server_full",
                f"This server holds {self._a_server} connections already; try again later.",
                retry_after=30,
            )

    def release(self, user_id: int) -> None:
        self.count -= 1
        self._users[user_id] -= 1
        self._places.tell(user_room(user_id), self._users[user_id])
        if not self._users[user_id]:
            del self._users[user_id]


class MessageRate:
    """How fast a user may send over sockets: sustained a second, and a burst at once.

    breaker: the way to Redis, where servers count together; None: this process counts alone
    """

    def __init__(self, *, a_second: int, burst: int, breaker: Breaker | None) -> None:
        self._a_second = a_second
        self._breaker = breaker
        quota = rate_limiter.per_duration(timedelta(seconds=1), a_second, burst=burst)
        self._alone = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=quota,
            store=MemoryStore(options={"MAX_SIZE": USERS_REMEMBERED}),
        )
        self._together_on = cache(
            lambda node: SharedThrottled(
                using=RateLimiterType.GCRA.value,
                quota=quota,
                store=StoreOn(node),
                key_prefix=f"{breaker.prefix if breaker else ''}messages",
            )
        )

    async def require(self, user_id: int) -> None:
        """Count one message; raise Limited where it was too many."""
        # In a cluster the slot depends on what is in braces, whatever throttled-py writes before.
        result = await self._count(f"{{{user_id}}}")
        if result.limited:
            raise Limited(
                "rate_limited",
                f"More than {self._a_second} messages a second: slow down. This one was not "
                "carried out.",
                retry_after=round(result.state.retry_after, 3),
            )

    async def _count(self, user: str) -> RateLimitResult:
        if self._breaker is None:
            return self._alone.limit(user)
        return await self._breaker.decide(
            lambda redis: self._together_on(redis.node_of(user)).limit(user),
            alone=lambda: self._alone.limit(user),
        )


class StoreOn(RedisStore):
    """throttled-py's Redis store on a client that is there; its own would retry for seconds."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._backend = BackendOn(redis)


class BackendOn(RedisStoreBackend):
    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._client = redis  # type: ignore[assignment] # it types bytes where redis-py has str, too
