"""A PostgreSQL database of the benchmark's own, where the tests find or start theirs."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.support.services import own_postgres, postgres


@contextmanager
def new_database() -> Iterator[str]:
    """Its URL; the database is dropped in the end. A commit waits for the disk, as it must."""
    name = f"roomcast_bench_{secrets.token_hex(4)}"
    with durable_postgres() as server:
        _run(server, f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def durable_postgres() -> Iterator[str]:
    """ROOMCAST_TEST_DATABASE_URL's server as it is, or our own, which keeps what it commits."""
    if os.environ.get("ROOMCAST_TEST_DATABASE_URL"):
        with postgres() as server:
            yield server
    else:
        with own_postgres(durable=True) as own:
            yield own.url


def _run(server: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(f"{server}/postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
