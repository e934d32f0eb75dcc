"""Who may enter a project: the one question that joining, resuming, replaying and REST all ask."""

from collections.abc import Iterable

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


async def among_projects_of(user_id: int, project_ids: Iterable[int]) -> set[int]:
    """Those of these living projects that somebody is on."""
    found = await Membership.filter(
        user_id=user_id, project_id__in=list(project_ids), project__deleted_at__isnull=True
    ).values_list("project_id", flat=True)
    return {int(project_id) for project_id in found}  # type: ignore[call-overload]


def no_such_project(project_id: int) -> NotFound:
    return NotFound(
        "project_not_found",
        f"There is no project {project_id} that you are a member of. Check the id, or ask its "
        "owner to add you.",
    )
