"""What the doors count: connections of the server and of each user, messages of each user."""

from collections import Counter
from datetime import timedelta

from throttled import RateLimiterType, Throttled, rate_limiter
from throttled.store import MemoryStore

from models.refusals import Limited

USERS_REMEMBERED = 100_000


class Connections:
    """Places for authenticated connections, on this server and for each user."""

    def __init__(self, *, a_server: int, a_user: int) -> None:
        self._a_server = a_server
        self._a_user = a_user
        self._users: Counter[int] = Counter()
        self.count = 0

    def take(self, user_id: int) -> None:
        """Take a place, or raise Limited. Give it back with `release`."""
        self.require_place()
        if self._users[user_id] >= self._a_user:
            raise Limited(
                "too_many_connections",
                f"You have {self._a_user} connections open already: close a tab, or share one "
                "connection between tabs.",
                retry_after=30,
            )
        self.count += 1
        self._users[user_id] += 1

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
        if not self._users[user_id]:
            del self._users[user_id]


class MessageRate:
    """How fast a user may send over sockets: sustained a second, and a burst at once."""

    def __init__(self, *, a_second: int, burst: int) -> None:
        self._a_second = a_second
        self._throttle = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=rate_limiter.per_duration(timedelta(seconds=1), a_second, burst=burst),
            store=MemoryStore(options={"MAX_SIZE": USERS_REMEMBERED}),
        )

    def require(self, user_id: int) -> None:
        """Count one message; raise Limited where it was too many."""
        result = self._throttle.limit(str(user_id))
        if result.limited:
            raise Limited(
                "rate_limited",
                f"More than {self._a_second} messages a second: slow down. This one was not "
                "carried out.",
                retry_after=round(result.state.retry_after, 3),
            )
