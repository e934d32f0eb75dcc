"""A replay that the database breaks off leaves nobody in a room that they no longer hear."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.conftest import NewDatabase
from tests.support.clients import Client
from tests.support.doors import Connect, on_each_door
from tests.support.people import Town
from tests.support.server import running
from tests.support.wire import becomes, hears_run, tells

BreakOff = Callable[[Client, Awaitable[Any]], Awaitable[None]]
END_WHO_WAITS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def house(
    new_postgres_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Town, BreakOff]]:
    """People on a server of their own, and a way to lose its database in the middle of a replay."""
    url = new_postgres_database()
    async with connected(url) as blocks, connected(url) as looks:

        async def break_off(client: Client, request: Awaitable[Any]) -> None:
            async def is_closed() -> bool:
                await looks.execute(END_WHO_WAITS)  # the server's loops wait there, too
                return client.closed is not None

            async with blocks.transaction():
                await blocks.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
                await request
                await becomes(is_closed, True)

        with running(tmp_path_factory.mktemp("house"), url) as server:
            async with Town(server.url) as town:
                yield town, break_off


@on_each_door
async def test_who_was_in_the_room_is_cut_off_and_comes_back(
    house: tuple[Town, BreakOff], connect: Connect
) -> None:
    town, break_off = house
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada)
    room = f"project_{project['id']}"
    await ada.post(f"projects/{project['id']}/members/", {"user_id": jane.id})
    await tells(ada, project["id"], 3)
    seen = {f"user_{jane.id}": 0, room: 2}
    clients: list[tuple[Client, str, dict[str, Any]]] = [
        (await connect(jane, seen), "resume", {"rooms": {f"user_{jane.id}": 0}}),
        (await connect(jane, seen), "resume", {"rooms": {room: 2}}),
        (await connect(jane, seen), "subscribe_project", {"project_id": project["id"], "since": 2}),
    ]
    for client, _, _ in clients:
        await hears_run(client, room, range(3, 6))
    for client, name, body in clients:
        await break_off(client, client.say(name, **body))

    back = await connect(jane, seen)
    await hears_run(back, room, range(3, 6))
    await hears_run(back, f"user_{jane.id}", range(1, 2))
