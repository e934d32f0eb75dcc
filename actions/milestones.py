"""The verbs of a milestone: create, update, complete, delete."""

from typing import NamedTuple

from actions.inputs import Changes, Day, Input, Percent, Text, Title, differs
from actions.standing import enter_to_write, require_version
from events import catalogue
from events.log import record
from events.views import MilestoneView, view_milestone
from models.project import Milestone, MilestoneStatus, Project
from models.refusals import Invalid, NotFound
from models.transaction import transaction
from models.user import User

DONE = 100


class NewMilestone(Input):
    """A milestone to create. `progress` in percent; 100 and `completed` mean each other."""

    title: Title
    description: Text = ""
    due_date: Day = None
    progress: Percent = 0
    status: MilestoneStatus = "pending"


class MilestoneChanges(Changes):
    """The fields to change; what is left out stays."""

    title: Title = ""
    description: Text = ""
    due_date: Day = None
    progress: Percent = 0
    status: MilestoneStatus = "pending"


class Advance(NamedTuple):
    """How far a milestone is."""

    progress: int
    status: str


async def create_milestone(user: User, project_id: int, new: NewMilestone) -> MilestoneView:
    """Add a milestone; one that is created at 100 is completed at once."""
    async with transaction():
        project = (await enter_to_write(project_id, user, needs="member")).project
        fields = new.model_dump()
        asked = new.model_dump(include={"progress", "status"}, exclude_unset=True)
        advance = settle(Advance(0, "pending"), asked.get("progress"), asked.get("status"))
        milestone = await Milestone.create(project=project, **(fields | advance._asdict()))
        event = catalogue.MilestoneCreated(milestone=view_milestone(milestone))
        await record(project, event, actor=user, exclude_user=user)
        if milestone.progress == DONE:
            await complete_milestone(user, project, event.milestone)
        return event.milestone


async def update_milestone(
    user: User,
    project_id: int,
    milestone_id: int,
    changes: MilestoneChanges,
    *,
    expected_version: int | None = None,
) -> MilestoneView:
    """Change the fields that were sent. A change that changes nothing is no event."""
    async with transaction():
        project = (await enter_to_write(project_id, user, needs="member")).project
        milestone = await find_milestone(project_id, milestone_id)
        require_version(milestone.version, expected_version)
        wanted = changes.model_dump(exclude_unset=True)
        before = Advance(milestone.progress, milestone.status)
        advance = settle(before, wanted.get("progress"), wanted.get("status"))
        wanted |= advance._asdict()
        if not differs(milestone, wanted):
            return view_milestone(milestone)
        milestone.update_from_dict(wanted)
        milestone.version += 1
        await milestone.save()
        event = catalogue.MilestoneUpdated(milestone=view_milestone(milestone))
        await record(project, event, actor=user, exclude_user=user)
        if before.progress < DONE == advance.progress:
            await complete_milestone(user, project, event.milestone)
        return event.milestone


async def complete_milestone(user: User, project: Project, milestone: MilestoneView) -> None:
    """Tell the team that a milestone is done, after the event that brought it to 100."""
    event = catalogue.MilestoneCompleted(milestone=milestone)
    await record(project, event, actor=user, exclude_user=user)


async def delete_milestone(
    user: User, project_id: int, milestone_id: int, *, expected_version: int | None = None
) -> None:
    """Remove a milestone for good."""
    async with transaction():
        project = (await enter_to_write(project_id, user, needs="member")).project
        milestone = await find_milestone(project_id, milestone_id)
        require_version(milestone.version, expected_version)
        await milestone.delete()
        milestone.version += 1
        event = catalogue.MilestoneDeleted(milestone=view_milestone(milestone))
        await record(project, event, actor=user, exclude_user=user)


async def find_milestone(project_id: int, milestone_id: int) -> Milestone:
    """The project's milestone, or NotFound."""
    milestone = await Milestone.get_or_none(id=milestone_id, project_id=project_id)
    if milestone is None:
        raise NotFound(
            "milestone_not_found", f"Project {project_id} has no milestone {milestone_id}."
        )
    return milestone


def settle(before: Advance, progress: int | None, status: str | None) -> Advance:
    """What progress and status become when one or both are asked for.

    100 percent and `completed` mean each other; a completed milestone that is set back is
    `in_progress` again. Raises Invalid where the two that were asked for contradict each other.
    """
    if progress is not None and status is not None:
        if (progress == DONE) != (status == "completed"):
            raise Invalid(
                "progress_contradicts_status",
                f"progress {progress} and status {status} contradict each other: completed means "
                "100 percent. Send one of them, or make them agree.",
            )
        return Advance(progress, status)
    if progress is not None:
        if progress == DONE:
            return Advance(DONE, "completed")
        return Advance(progress, "in_progress" if progress else _open(before.status))
    if status is not None:
        if status == "completed":
            return Advance(DONE, "completed")
        return Advance(0 if before.progress == DONE else before.progress, status)
    return before


def _open(status: str) -> str:
    return "in_progress" if status == "completed" else status
