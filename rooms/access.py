"""Who may enter a project: the one question that joining, resuming, replaying and REST all ask."""

from models.project import Membership
from models.refusals import NotFound


async def require_membership(project_id: int, user_id: int) -> Membership:
    """Somebody's place on a living project, with the project.

    Raises NotFound for outsiders: an unknown project and a foreign one answer alike.
    """
    membership = await (
        Membership.filter(project_id=project_id, user_id=user_id, project__deleted_at__isnull=True)
        .prefetch_related("project")
        .first()
    )
    if membership is None:
        raise no_such_project(project_id)
    return membership


def no_such_project(project_id: int) -> NotFound:
    return NotFound(
        "project_not_found",
        f"There is no project {project_id} that you are a member of. Check the id, or ask its "
        "owner to add you.",
    )
