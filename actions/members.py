"""The verbs of a team: add, change and remove a member."""

from actions.inputs import Changes, Percent, differs
from actions.projects import NewMember
from actions.standing import RANK, enter_to_write, require_role, require_version
from events import catalogue
from events.log import record
from events.views import MemberView, view_member
from models.project import Membership, Project, Role
from models.refusals import Conflict, Forbidden, Invalid, NotFound
from models.transaction import transaction
from models.user import User


class MemberChanges(Changes):
    """The fields to change; what is left out stays. Capacity in percent of their time."""

    role: Role = "member"
    capacity: Percent = 100


async def add_member(user: User, project_id: int, new: NewMember) -> MemberView:
    """Put somebody on the team. The team hears of it, and so do they."""
    async with transaction():
        project, mine = await enter_to_write(project_id, user, needs="manager")
        require_rank_over(mine.role, new.role)
        person = await User.get_or_none(id=new.user_id, is_active=True)
        if person is None:
            raise Invalid("unknown_user", f"user_id: there is no user with id {new.user_id}.")
        if await Membership.exists(project=project, user=person):
            raise Conflict(
                "already_member", f"{person.username} is on this team already; PATCH their role."
            )
        membership = await Membership.create(
            project=project, user=person, role=new.role, capacity=new.capacity
        )
        event = catalogue.TeamMemberAdded(member=view_member(membership), concerns=(person.id,))
        await record(project, event, actor=user, exclude_user=user)
        return event.member


async def update_member(
    user: User,
    project_id: int,
    user_id: int,
    changes: MemberChanges,
    *,
    expected_version: int | None = None,
) -> MemberView:
    """Change somebody's role or capacity."""
    async with transaction():
        project, mine = await enter_to_write(project_id, user, needs="manager")
        membership = await find_member(project, user_id)
        require_version(membership.version, expected_version)
        wanted = changes.model_dump(exclude_unset=True)
        require_rank_over(mine.role, membership.role, wanted.get("role", "viewer"))
        if not differs(membership, wanted):
            return view_member(membership)
        if wanted.get("role", membership.role) != "owner":
            await _require_another_owner(project, membership)
        membership.update_from_dict(wanted)
        membership.version += 1
        await membership.save()
        event = catalogue.TeamMemberUpdated(member=view_member(membership))
        await record(project, event, actor=user, exclude_user=user)
        return event.member


async def remove_member(
    user: User, project_id: int, user_id: int, *, expected_version: int | None = None
) -> None:
    """Take somebody off the team; anybody may take themselves off.

    Delivering this event closes the project's room to the removed, on every door.
    """
    async with transaction():
        project, mine = await enter_to_write(project_id, user, needs="viewer")
        membership = await find_member(project, user_id)
        if user_id != user.id:
            require_role(mine.role, "manager")
            require_rank_over(mine.role, membership.role)
        require_version(membership.version, expected_version)
        await _require_another_owner(project, membership)
        await membership.delete()
        membership.version += 1
        event = catalogue.TeamMemberRemoved(member=view_member(membership), concerns=(user_id,))
        await record(project, event, actor=user, exclude_user=user)


def require_rank_over(mine: str, *theirs: str) -> None:
    """Raise Forbidden where a manager would make, change or remove an owner."""
    if any(RANK[role] > RANK[mine] for role in theirs):
        raise Forbidden("role_too_low", f"Only an owner may do that; your role is {mine}.")


async def find_member(project: Project, user_id: int) -> Membership:
    membership = (
        await Membership.filter(project=project, user_id=user_id).prefetch_related("user").first()
    )
    if membership is None:
        raise NotFound(
            "member_not_found", f"User {user_id} is not on the team of project {project.id}."
        )
    return membership


async def _require_another_owner(project: Project, leaving: Membership) -> None:
    if leaving.role != "owner":
        return
    if not await Membership.filter(project=project, role="owner").exclude(id=leaving.id).exists():
        raise Conflict("last_owner", "A project needs an owner: make somebody else an owner first.")
