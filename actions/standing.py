"""Where somebody stands on a project, and what that allows."""

from collections.abc import Mapping
from typing import NamedTuple

from events.log import lock_stream
from events.names import project_room
from models.project import Membership, Project, Role
from models.refusals import Forbidden, StaleVersion
from models.user import User
from rooms.access import no_such_project, require_membership

RANK: Mapping[str, int] = {"viewer": 0, "member": 1, "manager": 2, "owner": 3}


class Standing(NamedTuple):
    """A member of a project, about to do something there."""

    project: Project
    membership: Membership


async def enter_to_write(project_id: int, user: User, needs: Role) -> Standing:
    """Lock the project's stream, then ask whether `user` may write there.

    In this order, inside the action's transaction: whoever was removed or demoted before us is
    refused, and nobody can be while we write. Raises NotFound for outsiders, Forbidden for members
    whose role is too small.
    """
    await lock_project(project_id)
    membership = await require_membership(project_id, user.id)
    require_role(membership.role, needs)
    return Standing(membership.project, membership)


async def lock_project(project_id: int) -> None:
    """Wait for the other writers of a project and keep them out, or raise NotFound."""
    if await lock_stream(project_room(project_id)) is None:
        raise no_such_project(project_id)


def require_role(role: str, needs: Role) -> None:
    """Raise Forbidden unless `role` is `needs` or above."""
    if RANK[role] < RANK[needs]:
        raise Forbidden(
            "role_too_low",
            f"Your role on this project is {role}; this needs {needs} or above. Ask an owner or "
            "manager to do it or to raise your role.",
        )


def require_version(present: int, expected: int | None) -> None:
    """Raise StaleVersion unless the caller saw the present version (RFC 9110, If-Match)."""
    if expected is not None and expected != present:
        raise StaleVersion(
            "stale_version",
            f"You changed version {expected}, but it is at version {present} by now. Read it "
            "again, apply your change to what you find, and send that version.",
            version=present,
        )
