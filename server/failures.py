"""What went wrong that was no refusal: an outage that passes, or a fault of ours."""

from typing import Any

import asyncpg
import structlog
from tortoise.exceptions import DBConnectionError, OperationalError

from models.refusals import FAULT, UNAVAILABLE, Refusal

log = structlog.get_logger()

OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was ended while nobody was asking
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCatalogNameError,  # while it is dropped and created again
)
"""The database or the network is away, full, or between two masters; it will be back."""


def is_outage(error: Exception) -> bool:
    """Will it pass by itself? Tortoise's OperationalError is a fault but where SQLite is busy."""
    return isinstance(error, OUTAGES) or (
        isinstance(error, OperationalError) and "database is locked" in str(error)
    )


def answer_to(error: Exception, **where: Any) -> Refusal:
    """What the caller is told of it; the log is told the rest, in one line."""
    if is_outage(error):
        log.warning("database_unavailable", why=repr(error)[:200], **where)
        return UNAVAILABLE
    log.error("failed", exc_info=error, **where)
    return FAULT
