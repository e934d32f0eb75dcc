"""A PostgreSQL that does not go on: a row is locked from outside, or the wire to it is dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.support.people import Person, Town
from tests.support.server import Server


@asynccontextmanager
async def locked_project(server: Server, project_id: int) -> AsyncIterator[None]:
    """Somebody else holds the project's stream, so that every write waits."""
    connection = await asyncpg.connect(server.environment["ROOMCAST_DATABASE_URL"])
    try:
        async with connection.transaction():
            room = f"project_{project_id}"
            await connection.execute("SELECT head FROM streams WHERE room = $1 FOR UPDATE", room)
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def a_write_that_waits(
    server: Server, ada: Person, town: Town
) -> AsyncIterator[asyncio.Task[httpx.Response]]:
    project = await town.project(ada)
    async with locked_project(server, project["id"]):
        write = ada.call("PATCH", f"projects/{project['id']}/", {"health": "at_risk"})
        writing = asyncio.create_task(write)
        await asyncio.sleep(0.5)
        assert not writing.done()
        yield writing


class DeadWire:
    """A wire to the database that can go dead, as no process that is killed does."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._alive = asyncio.Event()
        self._alive.set()
        self._carrying: set[asyncio.Task[None] | None] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        """Carries bytes; yields the database's URL at its near end."""
        carrying = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = carrying.sockets[0].getsockname()[1]
        try:
            yield self._there._replace(netloc=f"postgres@127.0.0.1:{port}").geturl()
        finally:
            self._alive.set()
            carrying.close()
            await asyncio.gather(*filter(None, self._carrying))

    def goes_dead(self) -> None:
        self._alive.clear()

    async def _carry(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self._carrying.add(asyncio.current_task())
        far, to = await asyncio.open_connection(self._there.hostname, self._there.port)

        async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await reader.read(65536):
                    await self._alive.wait()
                    writer.write(data)
            writer.close()

        await asyncio.gather(pump(near, to), pump(far, out))
