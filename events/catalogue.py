"""Everything that can happen, as types. Names are those of seed 003's reference, to the letter.

An event knows the state it leaves behind (`state`), which becomes the cursor frame of its room,
and whom it concerns beyond the room's subscribers (`concerns`). What people are told about it is
`events/hooks.py`.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from events.views import MemberView, MilestoneView, ProjectView, View

Action = Literal["created", "updated", "deleted", "restored"]
EventType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Event(View):
    """A thing that happened. Each subclass is one row of the catalogue."""

    type: str
    concerns: tuple[int, ...] = ()
    """Ids of the people who are told on their own `user_<id>`, subscribed or not."""

    def state(self) -> dict[str, Any] | None:
        """The state frame without room and seq, or None where there is no state to see."""
        return None

    def facts(self) -> dict[str, Any]:
        """What the server itself must know to act on the event; never sent to a client."""
        return {}


class ProjectEvent(Event):
    """Something that happened to the project itself."""

    project: ProjectView

    def changed(self, action: Action) -> dict[str, Any]:
        view = self.project.model_dump(mode="json")
        return {"type": "project_updated", "action": action, "project_id": self.project.id, **view}


class ProjectCreated(ProjectEvent):
    type: Literal["project_created"] = "project_created"

    def state(self) -> dict[str, Any]:
        return self.changed("created")


class ProjectUpdated(ProjectEvent):
    type: Literal["project_updated"] = "project_updated"

    def state(self) -> dict[str, Any]:
        return self.changed("updated")


class ProjectDeleted(ProjectEvent):
    type: Literal["project_deleted"] = "project_deleted"

    def state(self) -> dict[str, Any]:
        return self.changed("deleted")

    def facts(self) -> dict[str, Any]:
        return {"closes_room": True}


class ProjectRestored(ProjectEvent):
    type: Literal["project_restored"] = "project_restored"

    def state(self) -> dict[str, Any]:
        return self.changed("restored")


class MilestoneEvent(Event):
    """Something that happened to a milestone."""

    milestone: MilestoneView

    def changed(self, action: Action) -> dict[str, Any]:
        return {
            "type": "milestone_changed",
            "action": action,
            **self.milestone.model_dump(mode="json"),
        }


class MilestoneCreated(MilestoneEvent):
    type: Literal["milestone_created"] = "milestone_created"

    def state(self) -> dict[str, Any]:
        return self.changed("created")


class MilestoneUpdated(MilestoneEvent):
    type: Literal["milestone_updated"] = "milestone_updated"

    def state(self) -> dict[str, Any]:
        return self.changed("updated")


class MilestoneCompleted(MilestoneEvent):
    """Follows the event that brought progress to 100, so it has no state of its own."""

    type: Literal["milestone_completed"] = "milestone_completed"


class MilestoneDeleted(MilestoneEvent):
    type: Literal["milestone_deleted"] = "milestone_deleted"

    def state(self) -> dict[str, Any]:
        return self.changed("deleted")


class MemberEvent(Event):
    """Something that happened to somebody's place on the team."""

    member: MemberView

    def changed(self, action: Action) -> dict[str, Any]:
        return {
            "type": "team_member_changed",
            "action": action,
            **self.member.model_dump(mode="json"),
        }


class TeamMemberAdded(MemberEvent):
    type: Literal["team_member_added"] = "team_member_added"

    def state(self) -> dict[str, Any]:
        return self.changed("created")


class TeamMemberUpdated(MemberEvent):
    type: Literal["team_member_updated"] = "team_member_updated"

    def state(self) -> dict[str, Any]:
        return self.changed("updated")


class TeamMemberRenamed(MemberEvent):
    """Somebody on the team changed their own name: for dashboards to show, not to interrupt."""

    type: Literal["team_member_renamed"] = "team_member_renamed"

    def state(self) -> dict[str, Any]:
        return self.changed("updated")


class TeamMemberRemoved(MemberEvent):
    type: Literal["team_member_removed"] = "team_member_removed"

    def state(self) -> dict[str, Any]:
        return self.changed("deleted")

    def facts(self) -> dict[str, Any]:
        return {"removes_user": self.member.user_id}


class TeamNotified(Event):
    """What another backend, or a handler of ours, tells a team through `notify_project_team`."""

    type: EventType
    title: Annotated[str, Field(min_length=1, max_length=200)]
    message: Annotated[str, Field(max_length=2000)]
    data: dict[str, Any]


class SessionEnded(Event):
    """A login ended: by its owner, or because a used refresh token came back."""

    type: Literal["session_ended"] = "session_ended"
    session_id: UUID
    reason: Literal["logged_out", "refresh_token_reused"]

    def facts(self) -> dict[str, Any]:
        return {"ends_session": str(self.session_id), "reason": self.reason}


class UserDeactivated(Event):
    """An administrator closed the account."""

    type: Literal["user_deactivated"] = "user_deactivated"

    def facts(self) -> dict[str, Any]:
        return {"ends_user": True}
