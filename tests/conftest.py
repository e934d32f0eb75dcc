"""Real parts for the tests: PostgreSQL, Redis, and server processes on SQLite and PostgreSQL."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.database import close_database, migrate_database, open_database
from tests.support.people import Town
from tests.support.programs import find_valkey
from tests.support.server import Server, running
from tests.support.services import own_redis, postgres, redis, redis_cluster

NewDatabase = Callable[[], str]
"""Makes a database with our tables and returns its URL; "" is the embedded SQLite."""


def pytest_configure() -> None:
    """A run that is ended by SIGTERM stops what it started, as after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis() as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The wheel's Valkey, which shards without being a cluster."""
    with own_redis(program=find_valkey()) as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def cluster_urls() -> Iterator[list[str]]:
    with redis_cluster() as nodes:
        yield [node.url for node in nodes]


@pytest.fixture(params=["redis", "cluster"])
def any_redis_url(request: pytest.FixtureRequest) -> str:
    """Whatever uses this runs on a server and on a cluster."""
    if request.param == "redis":
        server: str = request.getfixturevalue("redis_url")
        return server
    nodes: list[str] = request.getfixturevalue("cluster_urls")
    return nodes[0]


@pytest.fixture
def room() -> str:
    """A project's room that no other test counts."""
    return f"project_{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def new_postgres_database(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Whatever concerns concurrency is tested on PostgreSQL."""
    template = migrated_database(postgres_url, tmp_path_factory.mktemp("template"))
    name = template.rpartition("/")[2]
    return lambda: f"{postgres_url}/{_create_database(postgres_url, name)}"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Whatever uses this runs on both databases."""
    if request.param == "sqlite":
        return lambda: ""
    new_postgres: NewDatabase = request.getfixturevalue("new_postgres_database")
    return new_postgres


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


@pytest.fixture
async def database(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[str]:
    """A database of its own, open in the test's process; returns its URL."""
    url = new_database() or f"sqlite://{tmp_path / 'roomcast.db'}"
    EXECUTOR_CACHE.clear()  # Tortoise keeps SQL by table; two dialects in one process only here
    await open_database(url)
    await migrate_database(url)
    yield url
    await close_database()


def migrated_database(server: str, folder: Path) -> str:
    """A new database with our tables, made by `roomcast migrate`; returns its URL."""
    url = f"{server}/{_create_database(server, 'template0')}"
    Server(folder, url).run("migrate")
    return url


def _create_database(server: str, template: str) -> str:
    name = f"roomcast_{secrets.token_hex(6)}"

    async def create() -> None:
        connection = await asyncpg.connect(f"{server}/postgres")
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()

    with ThreadPoolExecutor() as aside:  # the tests' own loop stays as it is
        aside.submit(asyncio.run, create()).result()
    return name
