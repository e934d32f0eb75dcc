"""Real parts for the tests: PostgreSQL, Redis, and server processes on SQLite and PostgreSQL."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest

from tests.support.people import Town
from tests.support.server import Server, running
from tests.support.services import postgres, redis

NewDatabase = Callable[[], str]
"""Makes an empty database and returns its URL; empty for the embedded SQLite."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Whatever uses this runs on both databases."""
    if request.param == "sqlite":
        return lambda: ""
    server = request.getfixturevalue("postgres_url")

    def make() -> str:
        name = f"roomcast_{secrets.token_hex(6)}"
        with ThreadPoolExecutor() as aside:  # the tests' own loop stays as it is
            aside.submit(asyncio.run, _create_database(server, name)).result()
        return f"{server}/{name}"

    return make


@pytest.fixture(scope="session")
def server(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the notification limit raised, shared by the tests that leave it whole."""
    with running(tmp_path_factory.mktemp("server"), new_database()) as server:
        yield server


@pytest.fixture
async def town(server: Server) -> AsyncIterator[Town]:
    """People on the shared server."""
    async with Town(server.url) as town:
        yield town


async def _create_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
