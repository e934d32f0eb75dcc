"""Everything there is to see of a project, as of one moment."""

from events.views import view_member, view_milestone, view_project
from models.project import Membership, Milestone, Project
from rooms.frames import Body


async def view_everything(project: Project) -> Body:
    """The project, its milestones and its members, each list in the order REST gives it."""
    milestones = await Milestone.filter(project_id=project.id).order_by("id")
    members = await Membership.filter(project_id=project.id).order_by("id").prefetch_related("user")
    return {
        "project": view_project(project).model_dump(mode="json"),
        "milestones": [view_milestone(row).model_dump(mode="json") for row in milestones],
        "members": [view_member(row).model_dump(mode="json") for row in members],
    }
