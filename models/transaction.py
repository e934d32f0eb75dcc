"""`transaction()`: rows and events commit together, or not at all, and nobody waits for delivery.

Ours and not Tortoise's for three reasons. On SQLite it begins with the write lock (a deferred
BEGIN that writes later fails at once beside a second process). Begin, commit and rollback cannot
be cancelled half-way (a task cancelled in BEGIN would hold Tortoise's lock for ever). And what was
recorded inside is handed to the listeners after the commit, never before it and never awaited.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.asyncpg.client import TransactionWrapper as PostgresTransaction
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.backends.sqlite.client import SqliteTransactionWrapper as SqliteTransaction
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

CommitListener = Callable[[list[Any]], None]


class Transaction:
    """What is written now, and what is to be told once it has committed."""

    def __init__(self) -> None:
        self.recorded: list[Any] = []


_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)
_listeners: list[CommitListener] = []


@asynccontextmanager
async def transaction(*, snapshot: bool = False) -> AsyncIterator[Transaction]:
    """Open a transaction, or join the one this task is in.

    `snapshot=True` reads every row as of one moment (REPEATABLE READ) and is for reading only.
    """
    if (outer := _current.get()) is not None:
        yield outer
        return
    mine = Transaction()
    client = get_connections().get("default")
    if isinstance(client, SqliteClient):
        opened = _sqlite(client, snapshot=snapshot)
    else:
        opened = _postgres(cast(AsyncpgDBClient, client), snapshot=snapshot)
    token = _current.set(mine)
    try:
        async with opened:
            yield mine
    finally:
        _current.reset(token)
    if mine.recorded:
        for listener in _listeners:
            listener(mine.recorded)


def current_transaction() -> Transaction | None:
    """The transaction that this task is in, if any."""
    return _current.get()


def listen_to_commits(listener: CommitListener) -> Callable[[], None]:
    """Call `listener` with what each transaction recorded, after its commit; returns the undo."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


@asynccontextmanager
async def _sqlite(client: SqliteClient, *, snapshot: bool) -> AsyncIterator[None]:
    async with client._lock:  # noqa: SLF001 - Tortoise has one connection and this is its lock
        await client.create_connection(with_db=True)
        inner = SqliteTransaction(client)
        begin = "BEGIN" if snapshot else "BEGIN IMMEDIATE"
        try:
            await _finish(inner._connection.execute(begin))  # noqa: SLF001
        except asyncio.CancelledError:
            await _finish(inner._connection.rollback())  # noqa: SLF001
            raise
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        async with _commit_or_roll_back(inner):
            yield


@asynccontextmanager
async def _postgres(client: AsyncpgDBClient, *, snapshot: bool) -> AsyncIterator[None]:
    # As every statement does: of two who come first, one opens the pool.
    await cast(Any, client.acquire_connection()).ensure_connection()
    pool: Any = client._pool  # noqa: SLF001
    inner = PostgresTransaction(client)
    acquiring = asyncio.ensure_future(pool.acquire())
    try:
        await _finish(acquiring)  # a connection whose making is cancelled would be lost, not closed
        inner._connection = connection = acquiring.result()  # noqa: SLF001
        inner.transaction = connection.transaction(
            isolation="repeatable_read" if snapshot else "read_committed", readonly=snapshot
        )
        await inner.transaction.start()
        async with _commit_or_roll_back(inner):
            yield
    finally:
        # asyncpg rolls back on release: a begin that was cancelled leaves nothing behind.
        if not acquiring.exception():
            await _finish(pool.release(acquiring.result()))


@asynccontextmanager
async def _commit_or_roll_back(
    inner: PostgresTransaction | SqliteTransaction,
) -> AsyncIterator[None]:
    token = get_connections().set("default", inner)
    try:
        yield
    except BaseException:
        await _finish(inner.rollback())
        raise
    else:
        await _finish(inner.commit())
    finally:
        get_connections().reset(token)


async def _finish(step: Awaitable[Any]) -> None:
    """Await a step to its end even when this task is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(step)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001 - raised below, from the task itself
            break
    if cancelled is not None:
        raise cancelled from task.exception()
    task.result()
