"""People, their logins and their projects, in a database of the benchmark's own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tortoise.backends.base.executor import EXECUTOR_CACHE

from actions.projects import NewProject, create_project
from events.names import user_room
from models.database import close_database, execute, migrate_database, open_database
from models.log import Stream
from models.project import Membership
from models.user import Session, User
from server.auth import Tokens

SECRET = "a secret that is only for benchmarks"  # noqa: S105 - of people who do not exist
A_DAY = 86_400
BATCH = 500


@dataclass(frozen=True)
class Population:
    """tokens: one access token for each person; projects: ids. Everybody is in each project."""

    tokens: Sequence[str]
    projects: Sequence[int]


def populate(url: str, people: int, projects: int = 1, *, first_seq: int = 0) -> Population:
    """Fill an empty database.

    first_seq: what the projects' rooms are said to have come to already
    """
    return asyncio.run(_populate(url, people, projects, first_seq))


async def _populate(url: str, people: int, projects: int, first_seq: int) -> Population:
    EXECUTOR_CACHE.clear()  # Tortoise's SQL of the dialect that was open before
    await open_database(url, patience=None)
    try:
        await migrate_database(url)
        crowd = await _make_people(people)
        made = []
        for number in range(projects):
            project = await create_project(crowd[0], NewProject(title=f"Project {number}"))
            made.append(project.id)
            await Membership.bulk_create(
                (Membership(project_id=project.id, user_id=one.id) for one in crowd[1:]), BATCH
            )
        if first_seq:
            await execute("UPDATE streams SET head = $1 WHERE room LIKE 'project_%'", first_seq)
            await execute("UPDATE fanout_cursors SET fanned_seq = $1", first_seq)
        return Population(await _log_in(crowd), made)
    finally:
        await close_database()


async def _make_people(count: int) -> list[User]:
    await User.bulk_create(
        (
            User(username=f"user{number}", email=f"user{number}@example.com", password_hash="-")  # noqa: S106 - of nobody
            for number in range(count)
        ),
        BATCH,
    )
    crowd = await User.all().order_by("id")
    await Stream.bulk_create((Stream(room=user_room(one.id)) for one in crowd), BATCH)
    return crowd


async def _log_in(crowd: Sequence[User]) -> list[str]:
    """A login as the server makes it, for a day."""
    ends = datetime.now(UTC) + timedelta(days=1)
    sessions = [
        Session(id=uuid4(), user=one, refresh_jti=uuid4(), expires_at=ends) for one in crowd
    ]
    await Session.bulk_create(sessions, BATCH)
    tokens = Tokens(SECRET, access_lifetime=A_DAY, refresh_lifetime=A_DAY)
    return [tokens.access(session) for session in sessions]
