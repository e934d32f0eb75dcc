"""The whole house, wired by hand, from the bottom up. Building it starts nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from events.bus import Bus, MemoryBus
from events.redis_bus import RedisBus
from events.relay import Relay
from events.retention import Retention
from models.database import close_database, migrate_database, open_database
from models.transaction import listen_to_commits
from notifications.fanout import InboxFanout
from rooms.breaker import Breaker
from rooms.fanout import Fanout
from rooms.follow import Doorkeeper
from rooms.places import MemoryPlaces, Places
from rooms.redis_places import RedisPlaces
from rooms.registry import Rooms
from server.auth import Tokens
from server.drain import Drain
from server.limits import Connections, MessageRate
from server.loops import run_loops
from server.metrics import Metrics
from server.settings import Settings
from server.sockets.plain import PlainDoor
from server.sockets.reception import Reception
from server.sockets.socketio import SocketIODoor, may_connect_from
from server.sockets.wheel import TimerWheel
from server.sockets.wire import Turn

log = structlog.get_logger()


class House:
    """Everything that one server process is made of."""

    def __init__(self, settings: Settings) -> None:
        s = self.settings = settings
        self.tokens = Tokens(s.signing_key(), s.access_token_lifetime, s.refresh_token_lifetime)
        self.bus: Bus = RedisBus(s.redis_url, s.redis_prefix) if s.redis_url else MemoryBus()
        self.relay = Relay(self.bus)
        self.breaker = Breaker(s.redis_url, s.redis_prefix) if s.redis_url else None
        self.places: Places = RedisPlaces(self.breaker) if self.breaker else MemoryPlaces()
        self.rooms = Rooms(self.bus, self.places)
        self.fanout = Fanout(
            self.rooms,
            interval=s.heads_interval,
            notifications=s.notifications_per_window,
            window=s.notification_window,
        )
        self.bus.deliver_to(self.fanout.hint, self.fanout.compare_soon)
        self.inbox_fanout = InboxFanout(s.heads_interval)
        self.retention = Retention(s.event_retention)
        self.wheel = TimerWheel()
        self.turn = Turn()
        self.connections = Connections(
            self.places, a_server=s.max_connections, a_user=s.max_connections_per_user
        )
        self.metrics = self._metrics()
        reception = Reception(
            tokens=self.tokens,
            rooms=self.rooms,
            doorkeeper=Doorkeeper(
                self.rooms,
                self.fanout,
                self.places,
                most=s.max_connections_per_project,
                replay_limit=s.replay_limit,
            ),
            connections=self.connections,
            rate=MessageRate(
                a_second=s.messages_per_second, burst=s.message_burst, breaker=self.breaker
            ),
            metrics=self.metrics,
            advised_bytes=s.advised_message_bytes,
        )
        self.plain_door = PlainDoor(
            reception,
            self.wheel,
            ping_interval=s.ping_interval,
            ping_timeout=s.ping_timeout,
            most_buffered=s.max_buffered_bytes,
        )
        self.socketio_door = SocketIODoor(
            reception,
            self.wheel,
            connect_timeout=s.connect_timeout,
            most_sockets=2 * s.max_connections,
            most_buffered=s.max_buffered_bytes,
            ping_interval=s.ping_interval,
            ping_timeout=s.ping_timeout,
            max_http_buffer_size=s.max_message_bytes,
            http_compression=False,
            cors_allowed_origins=partial(may_connect_from, s.cors_origins),
        )
        self.drain = Drain(self.plain_door, self.socketio_door)

    @asynccontextmanager
    async def live(self, on_death: Callable[[], None]) -> AsyncIterator[None]:
        """Open the database and run the loops; `on_death` is called when a loop dies of a fault."""
        await self._open_database()
        undo = [
            listen_to_commits(self.relay.wake),
            listen_to_commits(self.inbox_fanout.wake),
        ]
        loops = asyncio.create_task(
            run_loops(
                {
                    "bus": self.bus.run,
                    "relay": self.relay.run,
                    "rooms": self.fanout.run,
                    "inbox": self.inbox_fanout.run,
                    "retention": self.retention.run,
                    "places": self.places.run,
                    "wheel": self.wheel.run,
                },
                on_death,
            )
        )
        try:
            yield
        finally:
            loops.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await loops
            for forget in undo:
                forget()
            await self.places.close()
            if self.breaker:
                await self.breaker.close()
            await self.bus.close()
            await close_database()

    async def _open_database(self) -> None:
        url = self.settings.database
        await open_database(url)
        if self.settings.embedded:
            await migrate_database(url)

    def _metrics(self) -> Metrics:
        metrics = Metrics()
        metrics.watch("connections", "Authenticated sockets.", lambda: self.connections.count)
        metrics.watch("rooms", "Rooms with a socket here.", lambda: sum(1 for _ in self.rooms))
        metrics.watch("bus_publish_failures", "Commits not hinted at.", lambda: self.relay.failed)
        metrics.watch("bus_up", "1: hints reach this server.", lambda: self.bus.state == "up")
        metrics.watch(
            "limits_fallbacks",
            "Decisions on limits made without Redis.",
            lambda: self.breaker.fallbacks if self.breaker else 0,
        )
        return metrics
