"""Domain hooks: what people are told when something happens, in the words of seed 003.

One line of the table below per event type, wired by hand. An event without a hook interrupts
nobody. The hook runs when the event is recorded, in the transaction of the change.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from events import catalogue as c
from events.views import ProjectView


class Notice(NamedTuple):
    """What a person reads, and the `data` that a program may want."""

    title: str
    message: str
    data: dict[str, Any]


Hook = Callable[[Any, ProjectView], Notice]


def notice_of(event: c.Event, project: ProjectView) -> Notice | None:
    """What the team is told about this event, or None."""
    if isinstance(event, c.TeamNotified):
        return Notice(event.title, event.message, event.data)
    hook = HOOKS.get(type(event))
    return hook(event, project) if hook else None


def milestone_created(event: c.MilestoneCreated, _: ProjectView) -> Notice:
    title = event.milestone.title
    return Notice("Milestone Created", f"Milestone '{title}' has been created", _progress_of(event))


def milestone_updated(event: c.MilestoneUpdated, _: ProjectView) -> Notice:
    title = event.milestone.title
    return Notice("Milestone Updated", f"Milestone '{title}' has been updated", _progress_of(event))


def milestone_completed(event: c.MilestoneCompleted, _: ProjectView) -> Notice:
    title = event.milestone.title
    return Notice(
        "Milestone Completed", f"Milestone '{title}' has been completed", _progress_of(event)
    )


def milestone_deleted(event: c.MilestoneDeleted, _: ProjectView) -> Notice:
    milestone = event.milestone
    data = {"id": milestone.id, "title": milestone.title}
    return Notice("Milestone Deleted", f"Milestone '{milestone.title}' has been deleted", data)


def team_member_added(event: c.TeamMemberAdded, project: ProjectView) -> Notice:
    text = f"A new team member has been added to '{project.title}'"
    return Notice("Team Member Added", text, _place_of(event))


def team_member_updated(event: c.TeamMemberUpdated, project: ProjectView) -> Notice:
    text = f"A team member has been updated in '{project.title}'"
    return Notice("Team Member Updated", text, _place_of(event))


def team_member_removed(event: c.TeamMemberRemoved, project: ProjectView) -> Notice:
    text = f"A team member has been removed from '{project.title}'"
    return Notice("Team Member Removed", text, {"user_id": event.member.user_id})


def project_created(event: c.ProjectCreated, _: ProjectView) -> Notice:
    text = f"Project '{event.project.title}' has been created"
    return Notice("Project Created", text, _status_of(event))


def project_updated(event: c.ProjectUpdated, _: ProjectView) -> Notice:
    text = f"Project '{event.project.title}' has been updated"
    return Notice("Project Updated", text, _status_of(event))


def project_deleted(event: c.ProjectDeleted, _: ProjectView) -> Notice:
    text = f"Project '{event.project.title}' has been deleted"
    return Notice("Project Deleted", text, {"id": event.project.id, "title": event.project.title})


def project_restored(event: c.ProjectRestored, _: ProjectView) -> Notice:
    text = f"Project '{event.project.title}' has been restored"
    return Notice("Project Restored", text, _status_of(event))


HOOKS: Mapping[type[c.Event], Hook] = {
    c.MilestoneCreated: milestone_created,
    c.MilestoneUpdated: milestone_updated,
    c.MilestoneCompleted: milestone_completed,
    c.MilestoneDeleted: milestone_deleted,
    c.TeamMemberAdded: team_member_added,
    c.TeamMemberUpdated: team_member_updated,
    c.TeamMemberRemoved: team_member_removed,
    c.ProjectCreated: project_created,
    c.ProjectUpdated: project_updated,
    c.ProjectDeleted: project_deleted,
    c.ProjectRestored: project_restored,
}


def _progress_of(event: c.MilestoneEvent) -> dict[str, Any]:
    milestone = event.milestone
    return {"id": milestone.id, "title": milestone.title, "progress": milestone.progress}


def _place_of(event: c.MemberEvent) -> dict[str, Any]:
    member = event.member
    return {"user_id": member.user_id, "role": member.role, "capacity": member.capacity}


def _status_of(event: c.ProjectEvent) -> dict[str, Any]:
    project = event.project
    return {"id": project.id, "title": project.title, "status": project.status}
