"""Places: a room holds so many sockets, over all servers.

`user_5` holds the connections of a person, `project_2` those that watch a project. What is counted
is how many sockets a server holds in a room, whole: a count that was lost is mended by the next.
"""

import asyncio
from typing import Protocol


class Places(Protocol):
    """How many sockets the servers of one house hold in each room."""

    async def allow(self, room: str, mine: int, limit: int) -> bool:
        """May this server hold `mine` sockets in the room, given what the others hold?

        The one that asks is counted in `mine`, and so is every other that waits for its answer.
        Whoever is refused, or gives up, tells what is held without it.
        """

    def tell(self, room: str, mine: int) -> None:
        """This server holds so many now. Never waits."""

    async def run(self) -> None:
        """Keep the others informed, for ever."""

    async def close(self) -> None:
        """This server ends, and holds no place any more."""


class MemoryPlaces:
    """One process: its own count is the whole."""

    async def allow(self, room: str, mine: int, limit: int) -> bool:  # noqa: ARG002
        return mine <= limit

    def tell(self, room: str, mine: int) -> None:
        """There is nobody to tell."""

    async def run(self) -> None:
        """There is nobody to inform."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """There is nobody to say goodbye to."""
