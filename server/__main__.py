"""The command line: `roomcast serve | migrate | seed | token | grant | watch | notify`."""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, NoReturn, TypeVar

import orjson
import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console
from tortoise.exceptions import OperationalError

from actions.accounts import Grant, grant
from actions.inputs import complaint
from actions.publish import TeamNotice, publish_to_team
from actions.sessions import start_session
from models.database import (
    close_database,
    migrate_database,
    open_database,
    pending_migrations,
)
from models.refusals import NotFound, Refusal
from models.user import User
from server.auth import Tokens
from server.failures import OUTAGES
from server.logs import configure_logs
from server.seed import PASSWORD, seed_demo
from server.settings import Settings
from server.watch import watch_project

T = TypeVar("T")
cli = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Real-time project collaboration."
)
out = Console(highlight=False, soft_wrap=True)


@cli.command()
def serve() -> None:
    """Serve until stopped. The settings are ROOMCAST_* in the environment; see the README."""
    settings = Settings()
    configure_logs(settings.log_level)
    if not settings.embedded and (
        lacks := _run(settings, lambda: pending_migrations(settings.database))
    ):
        raise Refusal("not_migrated", f"The database lacks {lacks}: run `roomcast migrate` first.")
    from server.serve import run_server  # noqa: PLC0415 - the other commands need no doors

    with _listen(settings) as listener:
        out.print(f"Roomcast serves [bold]{settings.url}[/] (docs at {settings.url}/docs)")
        sys.exit(run_server(settings, listener))


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = Settings()
    applied = _run(settings, lambda: migrate_database(settings.database))
    out.print(f"Applied: {', '.join(applied)}" if applied else "The schema is up to date.")


@cli.command()
def seed() -> None:
    """Fill an empty database with a demo: 6 people, 4 projects and their milestones."""
    settings = Settings()
    usernames = _run(settings, seed_demo)
    out.print(f"Demo users: {', '.join(usernames)}; password: {PASSWORD}")
    out.print("Watch a project from another terminal:")
    out.print(f"  [bold]{sys.argv[0]} watch --project 1 --user ada --url {settings.url}[/]")


@cli.command()
def token(
    user: Annotated[str, typer.Argument(help="A username.")],
    days: Annotated[float, typer.Option(help="How long it is good.", min=0.001, max=3650)] = 1.0,
) -> None:
    """Print an access token of USER, as a login of its own."""
    settings = Settings()
    out.print(_run(settings, lambda: _mint(settings, user, timedelta(days=days))))


@cli.command("grant")
def grant_right(
    user: Annotated[str, typer.Argument(help="A username.")],
    right: Annotated[Grant, typer.Argument(help="staff or service.")],
) -> None:
    """Make USER staff, or a service account that publishes for another backend."""
    _run(Settings(), lambda: grant(user, right))
    out.print(f"{user} is {right} now.")


@cli.command()
def watch(
    project: Annotated[int, typer.Option(help="The project's id.")],
    user: Annotated[str, typer.Option(help="Watch as this user of the local database.")] = "",
    access: Annotated[str, typer.Option("--token", help="Or with this access token.")] = "",
    url: Annotated[str, typer.Option(help="The server; by default the one of the settings.")] = "",
) -> None:
    """Print a project's frames as they come; reconnects, and misses nothing."""
    settings = Settings()
    if not user and not access:
        raise typer.BadParameter("Say who watches: --user NAME or --token TOKEN.")
    if user:
        access = _run(settings, lambda: _mint(settings, user, timedelta(days=1)))
    try:
        asyncio.run(watch_project(url or settings.url, project, access, out))
    except KeyboardInterrupt:
        raise typer.Exit from None


@cli.command()
def notify(
    project: Annotated[int, typer.Option(help="The project's id.")],
    actor: Annotated[str, typer.Option(help="Who did it: a username.")],
    title: Annotated[str, typer.Option(help="What people read first.")],
    message: Annotated[str, typer.Option(help="What they read then.")] = "",
    event_type: Annotated[str, typer.Option(help="What programs go by.")] = "announcement",
    data: Annotated[str, typer.Option(help="A JSON object.")] = "{}",
) -> None:
    """Tell a project's team something, straight into the log; every server delivers it."""

    async def publish() -> str:
        user = await _find(actor)
        notice = TeamNotice(
            event_type=event_type, title=title, message=message, data=orjson.loads(data)
        )
        event = await publish_to_team(user, project, notice)
        return f"Recorded as {event.room} #{event.seq}."

    out.print(_run(Settings(), publish))


def main() -> None:
    """Run the command line; what goes wrong is a sentence, not a traceback."""
    try:
        cli()
    except ValidationError as error:
        # Its own text would show the values, the secret among them.
        _fail("; ".join(_complaint(one, error.title) for one in error.errors()))
    except Refusal as refusal:
        _fail(refusal.message)
    except orjson.JSONDecodeError as error:
        _fail(f"--data is not JSON: {error}")
    except (*OUTAGES, OperationalError) as error:  # type: ignore[misc]
        _fail(f"The database does not answer: {error}. Is it up, and migrated (roomcast migrate)?")


def _complaint(error: ErrorDetails, shape: str) -> str:
    field = ".".join(str(part) for part in error["loc"])
    if shape == Settings.__name__:
        field = f"ROOMCAST_{field.upper()}" if field else ""
    return f"{field}: {complaint(error)}" if field else complaint(error)


def _fail(why: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(why, style="red")
    sys.exit(1)


def _listen(settings: Settings) -> socket.socket:
    """The address, taken but not listened on yet: a proxy goes elsewhere until we are ready."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise Refusal(
            "cannot_listen",
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}): stop what "
            "listens there, or choose another ROOMCAST_PORT (PORT=… make run).",
        ) from error
    return listener


async def _mint(settings: Settings, username: str, lifetime: timedelta) -> str:
    tokens = Tokens(
        settings.signing_key(),
        round(lifetime.total_seconds()),
        settings.refresh_token_lifetime,
    )
    return tokens.access(await start_session(await _find(username), lifetime))


async def _find(username: str) -> User:
    user = await User.get_or_none(username=username, is_active=True)
    if user is None:
        raise NotFound("user_not_found", f"There is no active user {username!r}.")
    return user


def _run(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    async def with_database() -> T:
        await open_database(settings.database, patience=None)  # an index may take its time
        try:
            return await work()
        finally:
            await close_database()

    return asyncio.run(with_database())


if __name__ == "__main__":
    main()
