"""Who may enter a project: the one question that joining, resuming, replaying and REST all ask."""

from collections.abc import Iterable

from events.names import project_room
from models.database import execute_for
from models.project import Membership
from models.refusals import NotFound
from models.together import together

HEADS = """
    SELECT place.project_id, place.user_id, streams.head FROM {places}
    JOIN memberships ON memberships.project_id = place.project_id
    JOIN projects ON projects.id = place.project_id
    JOIN streams ON streams.room = place.room
    WHERE memberships.user_id = place.user_id AND projects.deleted_at IS NULL
"""


async def require_membership(project_id: int, user_id: int) -> Membership:
    """Somebody's place on a living project, with the project.

    Raises NotFound for outsiders: an unknown project and a foreign one answer alike.
    """
    membership = await (
        Membership.filter(project_id=project_id, user_id=user_id, project__deleted_at__isnull=True)
        .select_related("project")
        .first()
    )
    if membership is None:
        raise no_such_project(project_id)
    return membership


async def heads_for_member(user_id: int, project_ids: Iterable[int]) -> dict[int, int]:
    """Where the logs stand of those of these living projects that somebody is on.

    Right and head are read in one statement, which is one snapshot: an event that takes the right
    away, and was not seen by the question, is above the head.
    """
    asked = [(user_id, project_id) for project_id in project_ids]
    heads = await _heads_for_members(*asked) if asked else {}
    return {place[1]: heads[place] for place in asked if place in heads}


async def require_head(project_id: int, user_id: int) -> int:
    """Where the log of somebody's project stands; NotFound for outsiders."""
    head = (await heads_for_member(user_id, [project_id])).get(project_id)
    if head is None:
        raise no_such_project(project_id)
    return head


def no_such_project(project_id: int) -> NotFound:
    return NotFound(
        "project_not_found",
        f"There is no project {project_id} that you are a member of. Check the id, or ask its "
        "owner to add you.",
    )


@together
async def _heads_for_members(asked: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    places = [
        {"user_id": user_id, "project_id": project_id, "room": project_room(project_id)}
        for user_id, project_id in asked
    ]
    rows = await execute_for(places, HEADS, user_id="int", project_id="int", room="text")
    return {(row["user_id"], row["project_id"]): row["head"] for row in rows}
