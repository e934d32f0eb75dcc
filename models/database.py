"""Open, migrate and close the one database of this process."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from aerich import Command
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
POOL_SIZE = 20
PATIENCE = 10.0
"""Seconds for one statement: a host that vanished ends no connection, and would be waited for."""
MAX_ID = 2**31 - 1
"""What an id column holds."""


def database_config(url: str, *, patience: float | None = PATIENCE) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.

    patience: seconds for one statement; None: for ever
    """
    connection: dict[str, Any] = expand_db_url(url.replace("postgresql://", "postgres://", 1))
    if url.startswith("sqlite"):
        # A second process (`roomcast notify`) may hold the write lock for a moment: wait for it.
        connection["credentials"]["busy_timeout"] = 5000
    else:
        connection["credentials"].setdefault("maxsize", POOL_SIZE)
        connection["credentials"].setdefault("command_timeout", patience)
        connection["credentials"]["reset"] = _leave_as_it_is
    return {
        "connections": {"default": connection},
        "apps": {"models": {"models": ["models.tables", "aerich.models"]}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(url: str, *, patience: float | None = PATIENCE) -> None:
    """Connect. The fallback makes the connections visible in every task of the process.

    Tortoise keeps its context in a contextvar, which tasks started elsewhere (Socket.IO's) lack.
    """
    if url.startswith("sqlite://"):
        Path(url.removeprefix("sqlite://")).parent.mkdir(parents=True, exist_ok=True)
    await Tortoise.init(
        config=database_config(url, patience=patience), _enable_global_fallback=True
    )


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


async def execute(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run SQL that both dialects read alike, `$1` being the first value; returns its rows."""
    client = get_connections().get("default")
    text = sql if dialect() == "postgres" else sql.replace("$", "?")
    rows: list[dict[str, Any]] = await client.execute_query_dict(text, list(values))
    return rows


async def execute_for(
    places: Iterable[Mapping[str, Any]], sql: str, **columns: str
) -> list[dict[str, Any]]:
    """Run SQL that selects from `{places}`, a table `place` of these objects, in one statement.

    columns: of that table, with PostgreSQL's types
    """
    source = table_of_json("place", **columns)
    return await execute(sql.format(places=source), orjson.dumps(list(places)).decode())


def table_of_json(name: str, **columns: str) -> str:
    """What to select from, for a JSON array of objects in `$1`: columns and PostgreSQL's types."""
    if dialect() == "postgres":
        types = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        return f"json_to_recordset($1::json) AS {name}({types})"
    values = ", ".join(f"value ->> '{column}' AS {column}" for column in columns)
    return f"(SELECT {values} FROM json_each($1)) AS {name}"  # noqa: S608 - names are ours


def dialect() -> str:
    """`postgres` or `sqlite`."""
    name: str = get_connections().get("default").capabilities.dialect
    return name


async def close_database() -> None:
    """Close every connection; an open SQLite connection would keep the process alive."""
    await Tortoise.close_connections()


async def _leave_as_it_is(_: object) -> None:
    """Instead of asyncpg's statement at each release, which doubles what a short one costs.

    We leave nothing in a session that it would clear: no setting, lock, cursor or LISTEN. asyncpg
    rolls an open transaction back all the same.
    """


async def _aerich(url: str) -> Command:
    command = Command(database_config(url), app="models", location=str(MIGRATIONS_FOLDER))
    await command.init()  # Tortoise is open already, so this only reads the migrations
    return command
