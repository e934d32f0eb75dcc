"""A PostgreSQL database of the benchmark's own, where the tests find or start theirs."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.support.services import postgres


@contextmanager
def new_database() -> Iterator[str]:
    """Its URL; the database is dropped in the end. A commit waits for the disk, as it must."""
    name = f"roomcast_bench_{secrets.token_hex(4)}"
    with postgres() as server:
        if "ROOMCAST_TEST_DATABASE_URL" not in os.environ:
            # Started for us, and as for tests, which do not mind losing data.
            _run(server, "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        _run(server, f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(server: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(f"{server}/postgres")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
