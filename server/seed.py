"""The demo: a small company with things to do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from actions.accounts import HASHER, create_user, grant
from actions.milestones import MilestoneChanges, NewMilestone, create_milestone, update_milestone
from actions.projects import NewMember, NewProject, create_project
from models.project import Role
from models.refusals import Conflict
from models.transaction import transaction
from models.user import User

PASSWORD = "roomcast-demo"  # noqa: S105 - printed on purpose
SERVICE = "ci-bot"
PEOPLE = {
    "ada": ("Ada", "Lovelace"),
    "jane_smith": ("Jane", "Smith"),
    "grace": ("Grace", "Hopper"),
    "linus": ("Linus", "Pauling"),
    "mira": ("Mira", "Okafor"),
    "tomas": ("Tomás", "Rivera"),
    SERVICE: ("CI", "Bot"),
}


class DemoProject(NamedTuple):
    """A project, its people by role, its milestones with their progress."""

    title: str
    description: str
    owner: str
    team: dict[str, Role]
    milestones: dict[str, int]


PROJECTS = (
    DemoProject(
        "Mobile App Development",
        "The dashboard in everybody's pocket.",
        "ada",
        {"jane_smith": "manager", "grace": "member", "mira": "viewer"},
        {"Sprint Planning": 100, "Offline mode": 60, "Push notifications": 20, "Store review": 0},
    ),
    DemoProject(
        "Website Relaunch",
        "Faster, calmer, and readable on a train.",
        "jane_smith",
        {"ada": "member", "linus": "member", "tomas": "member"},
        {"Content audit": 100, "Design system": 80, "Launch": 0},
    ),
    DemoProject(
        "Data Warehouse",
        "One place to ask questions.",
        "grace",
        {"linus": "manager", "ada": "viewer", "mira": "member"},
        {"Pick an engine": 100, "First ten reports": 45},
    ),
    DemoProject(
        "Office Move",
        "Third floor, more light.",
        "tomas",
        {"mira": "manager", "ada": "member", "jane_smith": "viewer", "grace": "viewer"},
        {"Sign the lease": 100, "Network and desks": 35, "Moving day": 0},
    ),
)


async def seed_demo() -> list[str]:
    """Make the demo unless it is there; returns the usernames. Refuses a database with others."""
    if await User.exists(username="ada") and await User.exists(username=SERVICE):
        return list(PEOPLE)
    if await User.exists():
        raise Conflict("not_empty", "There are users already; the demo wants an empty database.")
    password_hash = await asyncio.to_thread(HASHER.hash, PASSWORD)
    async with transaction():
        people = {
            name: await create_user(
                username=name,
                email=f"{name}@example.com",
                password_hash=password_hash,
                first_name=first,
                last_name=last,
            )
            for name, (first, last) in PEOPLE.items()
        }
        await grant(SERVICE, "service")
        for project in PROJECTS:
            await _create(project, people)
    return list(PEOPLE)


async def _create(demo: DemoProject, people: dict[str, User]) -> None:
    today = datetime.now(UTC).date()
    owner = people[demo.owner]
    team = tuple(NewMember(user_id=people[name].id, role=role) for name, role in demo.team.items())
    new = NewProject(
        title=demo.title,
        description=demo.description,
        members=team,
        start_date=today - timedelta(days=30),
        due_date=today + timedelta(days=60),
    )
    project = await create_project(owner, new)
    for place, (title, progress) in enumerate(demo.milestones.items()):
        due = today + timedelta(days=14 * place - 7)
        milestone = await create_milestone(
            owner, project.id, NewMilestone(title=title, due_date=due)
        )
        if progress:
            await update_milestone(
                owner, project.id, milestone.id, MilestoneChanges(progress=progress)
            )
