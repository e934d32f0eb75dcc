"""/projects/{id}/members/"""

from fastapi import APIRouter, Response, status

from actions import members
from actions.members import MemberChanges
from actions.projects import NewMember
from events.views import MemberView, view_member
from models.project import Membership
from rooms.access import require_membership
from server.http.doors import (
    Caller,
    ExpectedVersion,
    Idempotent,
    Page,
    Paging,
    ProjectId,
    UserId,
    etag,
)

router = APIRouter(prefix="/projects/{project_id}/members", tags=["members"])


@router.get("/")
async def list_members(user: Caller, project_id: ProjectId, paging: Paging) -> Page[MemberView]:
    await require_membership(project_id, user.id)
    rows = (
        await Membership.filter(project_id=project_id, id__gt=paging.after)
        .order_by("id")
        .limit(paging.limit + 1)
        .prefetch_related("user")
    )
    return paging.page(rows, view_member)


@router.post("/", status_code=status.HTTP_201_CREATED, response_model=MemberView)
async def add_member(
    user: Caller, project_id: ProjectId, new: NewMember, once: Idempotent
) -> Response:
    return await once(status.HTTP_201_CREATED, lambda: members.add_member(user, project_id, new))


@router.get("/{user_id}/")
async def read_member(
    user: Caller, project_id: ProjectId, user_id: UserId, response: Response
) -> MemberView:
    mine = await require_membership(project_id, user.id)
    view = view_member(await members.find_member(mine.project, user_id))
    response.headers.update(etag(view.model_dump()))
    return view


@router.patch("/{user_id}/", response_model=MemberView)
async def update_member(
    user: Caller,
    project_id: ProjectId,
    user_id: UserId,
    changes: MemberChanges,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_200_OK,
        lambda: members.update_member(user, project_id, user_id, changes, expected_version=version),
    )


@router.delete("/{user_id}/", status_code=status.HTTP_204_NO_CONTENT)
async def remove_member(
    user: Caller,
    project_id: ProjectId,
    user_id: UserId,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_204_NO_CONTENT,
        lambda: members.remove_member(user, project_id, user_id, expected_version=version),
    )
