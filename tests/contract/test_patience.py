"""A database that says nothing is an outage after a while, and not a reason to wait for ever."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from models.database import close_database, execute, open_database
from models.transaction import transaction
from server.failures import is_outage
from tests.conftest import NewDatabase


async def test_a_statement_has_its_time(new_postgres_database: NewDatabase) -> None:
    EXECUTOR_CACHE.clear()
    await open_database(new_postgres_database(), patience=0.5)
    try:
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(TimeoutError) as silence:
                async with transaction():
                    await execute("SELECT pg_sleep(30)")
            assert time.monotonic() - began < 5
            assert is_outage(silence.value)
        assert await execute("SELECT 1 AS one") == [{"one": 1}]
    finally:
        await close_database()


async def test_who_come_first_open_one_pool(
    new_postgres_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    EXECUTOR_CACHE.clear()
    await open_database(new_postgres_database())
    pools: list[object] = []
    create_pool = asyncpg.create_pool

    def count(*args: Any, **options: Any) -> object:
        pools.append(create_pool(*args, **options))
        return pools[-1]

    monkeypatch.setattr(asyncpg, "create_pool", count)

    async def in_a_transaction() -> None:
        async with transaction():
            await execute("SELECT 1 AS one")

    try:
        statements = [execute("SELECT pg_sleep(0.1)") for _ in range(3)]
        await asyncio.gather(*statements, *(in_a_transaction() for _ in range(3)))
        assert len(pools) == 1
    finally:
        await close_database()
