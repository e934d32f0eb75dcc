"""The rooms of one server without its doors, and a project that somebody changes."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import Context

from actions.projects import ProjectChanges, update_project
from events.bus import MemoryBus
from events.log import LoggedEvent
from events.names import project_room
from models.user import User
from rooms.fanout import Fanout
from rooms.follow import Doorkeeper
from rooms.places import MemoryPlaces
from rooms.registry import Rooms
from tests.support.ear import Ear


class House:
    """A project's room; `owner` acts. interval: seconds between two comparisons of heads."""

    def __init__(self, owner: User, project_id: int, interval: float = 0.02) -> None:
        self.owner, self.project_id = owner, project_id
        self.room = project_room(project_id)
        self.rooms = Rooms(MemoryBus(), MemoryPlaces())
        self.fanout = Fanout(self.rooms, interval=interval, notifications=10**6, window=60)
        self.doorkeeper = Doorkeeper(
            self.rooms, self.fanout, MemoryPlaces(), most=100, replay_limit=1000
        )
        self._numbers = itertools.count(1)

    def new_title(self) -> str:
        return f"Title {next(self._numbers)}"

    async def changes(self, times: int) -> None:
        for _ in range(times):
            change = ProjectChanges(title=self.new_title())
            await update_project(self.owner, self.project_id, change)

    async def arrives(self, since: int | None = None) -> Ear:
        ear = Ear(self.owner.id)
        await self.doorkeeper.subscribe(ear, self.project_id, ear.answer, since=since)
        return ear

    def hint(self, recorded: Iterable[LoggedEvent]) -> None:
        for event in recorded:
            self.fanout.hint(event)

    @asynccontextmanager
    async def comparing(self) -> AsyncIterator[None]:
        """Heads are compared, and rooms caught up, as on a server."""
        running = asyncio.create_task(self.fanout.run(), context=Context())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
