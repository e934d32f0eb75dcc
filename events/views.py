"""What a row looks like from outside. REST answers with these, and state frames carry the same."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from models.project import (
    Membership,
    Milestone,
    MilestoneStatus,
    Project,
    ProjectHealth,
    ProjectStatus,
    Role,
)
from models.user import User


def iso_utc(moment: datetime) -> str:
    """ISO 8601 in UTC to the second, ending in `Z` (seed 003)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[
    datetime,
    PlainSerializer(iso_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class View(BaseModel):
    """A shape on the wire: nothing in it that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonView(View):
    """A person as the team sees them; the `actor` of seed 003."""

    id: int
    username: str
    first_name: str
    last_name: str


class ProjectView(View):
    """A project. `progress` in percent, dates as YYYY-MM-DD."""

    id: int
    title: str
    description: str
    status: ProjectStatus
    health: ProjectHealth
    progress: int
    start_date: date | None
    due_date: date | None
    version: int
    created_at: Moment
    updated_at: Moment


class MilestoneView(View):
    """A milestone. `progress` in percent."""

    id: int
    project_id: int
    title: str
    description: str
    due_date: date | None
    progress: int
    status: MilestoneStatus
    version: int
    created_at: Moment
    updated_at: Moment


class MemberView(View):
    """Somebody's place on a team; capacity in percent of their time."""

    project_id: int
    user_id: int
    user: PersonView
    role: Role
    capacity: int
    version: int
    created_at: Moment


def view_person(row: User) -> PersonView:
    return PersonView.model_validate(row, from_attributes=True)


def view_project(row: Project) -> ProjectView:
    return ProjectView.model_validate(row, from_attributes=True)


def view_milestone(row: Milestone) -> MilestoneView:
    return MilestoneView.model_validate(row, from_attributes=True)


def view_member(row: Membership) -> MemberView:
    """The membership must have been read with its user (`prefetch_related` or set by hand)."""
    return MemberView.model_validate(row, from_attributes=True)
