"""Open, migrate and close the one database of this process."""

from pathlib import Path
from typing import Any

from aerich import Command
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.exceptions import OperationalError

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
POOL_SIZE = 20


def database_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`."""
    connection: dict[str, Any] = expand_db_url(url.replace("postgresql://", "postgres://", 1))
    if url.startswith("sqlite"):
        # A second process (`roomcast notify`) may hold the write lock for a moment: wait for it.
        connection["credentials"]["busy_timeout"] = 5000
    else:
        connection["credentials"].setdefault("maxsize", POOL_SIZE)
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models.tables", "aerich.models"]}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(url: str) -> None:
    """Connect. The fallback makes the connections visible in every task of the process.

    Tortoise keeps its context in a contextvar, which tasks started elsewhere (Socket.IO's) lack.
    """
    if url.startswith("sqlite://"):
        Path(url.removeprefix("sqlite://")).parent.mkdir(parents=True, exist_ok=True)
    await Tortoise.init(config=database_config(url), _enable_global_fallback=True)


async def migrate_database(url: str) -> list[str]:
    """Bring the open database's schema up to date; returns the names of the migrations applied."""
    applied: list[str] = await (await _aerich(url)).upgrade(run_in_transaction=True)
    return applied


async def pending_migrations(url: str) -> list[str]:
    """Names of the migrations that the open database lacks."""
    command = await _aerich(url)
    pending: list[str]
    try:
        pending = await command.heads()
    except OperationalError:  # aerich's own table is missing, so everything is
        pending = await command.history()
    return pending


async def close_database() -> None:
    """Close every connection; an open SQLite connection would keep the process alive."""
    await Tortoise.close_connections()


async def _aerich(url: str) -> Command:
    command = Command(database_config(url), app="models", location=str(MIGRATIONS_FOLDER))
    await command.init()  # Tortoise is open already, so this only reads the migrations
    return command
