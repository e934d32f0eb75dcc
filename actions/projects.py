"""The verbs of a project: create, update, delete, restore."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from actions.inputs import Changes, Day, Id, Input, Percent, Text, Title, differs
from actions.standing import enter_to_write, lock_project, require_role, require_version
from events import catalogue
from events.log import open_stream, record
from events.names import project_room
from events.views import ProjectView, view_project
from models.log import FanoutCursor
from models.project import Membership, Project, ProjectHealth, ProjectStatus, Role
from models.refusals import Conflict, Invalid
from models.transaction import transaction
from models.user import User
from rooms.access import no_such_project

MAX_MEMBERS_AT_CREATION = 100


class NewMember(Input):
    """Somebody to put on the team; capacity in percent of their time."""

    user_id: Id
    role: Role = "member"
    capacity: Percent = 100


class ProjectFields(Input):
    """What a project has besides its title. `progress` in percent."""

    description: Text = ""
    status: ProjectStatus = "active"
    health: ProjectHealth = "on_track"
    progress: Percent = 0
    start_date: Day = None
    due_date: Day = None


class NewProject(ProjectFields):
    """A project to create, and who is on it from the start besides its creator."""

    title: Title
    members: Annotated[tuple[NewMember, ...], Field(max_length=MAX_MEMBERS_AT_CREATION)] = ()


class ProjectReplacement(ProjectFields):
    """A project as it shall be: what is left out goes back to its default (PUT)."""

    title: Title


class ProjectChanges(ProjectFields, Changes):
    """The fields to change; what is left out stays (PATCH)."""

    title: Title = ""


async def create_project(user: User, new: NewProject) -> ProjectView:
    """Create a project owned by `user`. Everybody named at creation hears of it."""
    async with transaction():
        people = await _people(user, new.members)
        project = await Project.create(**new.model_dump(exclude={"members"}))
        require_dates_in_order(project)
        room = project_room(project.id)
        await open_stream(room)
        await FanoutCursor.create(room=room)
        await Membership.create(project=project, user=user, role="owner")
        for member in new.members:
            await Membership.create(project=project, **member.model_dump())
        event = catalogue.ProjectCreated(project=view_project(project), concerns=tuple(people))
        await record(project, event, actor=user, exclude_user=user)
        return event.project


async def update_project(
    user: User, project_id: int, changes: Input, *, expected_version: int | None = None
) -> ProjectView:
    """Change the fields that were sent. A change that changes nothing is no event."""
    async with transaction():
        project = (await enter_to_write(project_id, user, needs="manager")).project
        require_version(project.version, expected_version)
        wanted = changes.model_dump(exclude_unset=isinstance(changes, ProjectChanges))
        if not differs(project, wanted):
            return view_project(project)
        project.update_from_dict(wanted)
        require_dates_in_order(project)
        project.version += 1
        await project.save()
        event = catalogue.ProjectUpdated(project=view_project(project))
        await record(project, event, actor=user, exclude_user=user)
        return event.project


async def delete_project(
    user: User, project_id: int, *, expected_version: int | None = None
) -> None:
    """Hide a project until it is restored. Its room empties once everybody there has heard."""
    async with transaction():
        project = (await enter_to_write(project_id, user, needs="owner")).project
        require_version(project.version, expected_version)
        project.deleted_at = datetime.now(UTC)
        project.version += 1
        await project.save()
        event = catalogue.ProjectDeleted(project=view_project(project))
        await record(project, event, actor=user, exclude_user=user)


async def restore_project(user: User, project_id: int) -> ProjectView:
    """Bring a deleted project back. Nobody is left in its room, so each member is told."""
    async with transaction():
        await lock_project(project_id)
        place = await Membership.filter(project_id=project_id, user=user).first()
        if place is None:
            raise no_such_project(project_id)
        require_role(place.role, "owner")
        project = await Project.get(id=project_id)
        if project.deleted_at is None:
            raise Conflict("not_deleted", "This project is not deleted; there is nothing to do.")
        project.deleted_at = None
        project.version += 1
        await project.save()
        members = await Membership.filter(project=project).values_list("user_id", flat=True)
        event = catalogue.ProjectRestored(
            project=view_project(project), concerns=tuple(sorted(int(str(m)) for m in members))
        )
        await record(project, event, actor=user, exclude_user=user)
        return event.project


def require_dates_in_order(project: Project) -> None:
    """Raise Invalid where a project would end before it starts."""
    if project.start_date and project.due_date and project.due_date < project.start_date:
        raise Invalid(
            "dates_out_of_order",
            f"due_date {project.due_date} is before start_date {project.start_date}: swap them or "
            "change one.",
        )


async def _people(creator: User, members: Sequence[NewMember]) -> list[int]:
    ids = [member.user_id for member in members]
    if len(set(ids)) != len(ids) or creator.id in ids:
        raise Invalid(
            "duplicate_member", "members: name each person once; you are the owner already."
        )
    known = set(await User.filter(id__in=ids, is_active=True).values_list("id", flat=True))
    if unknown := sorted(set(ids) - {int(str(k)) for k in known}):
        raise Invalid("unknown_user", f"members: there is no user with id {unknown}.")
    return sorted([creator.id, *ids])
