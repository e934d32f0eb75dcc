"""/projects/{id}/milestones/"""

from fastapi import APIRouter, Response, status

from actions import milestones
from actions.milestones import MilestoneChanges, NewMilestone
from events.views import MilestoneView, view_milestone
from models.project import Milestone
from rooms.access import require_membership
from server.http.doors import (
    Caller,
    ExpectedVersion,
    Idempotent,
    MilestoneId,
    Page,
    Paging,
    ProjectId,
    etag,
)

router = APIRouter(prefix="/projects/{project_id}/milestones", tags=["milestones"])


@router.get("/")
async def list_milestones(
    user: Caller, project_id: ProjectId, paging: Paging
) -> Page[MilestoneView]:
    await require_membership(project_id, user.id)
    rows = (
        await Milestone.filter(project_id=project_id, id__gt=paging.after)
        .order_by("id")
        .limit(paging.limit + 1)
    )
    return paging.page(rows, view_milestone)


@router.post("/", status_code=status.HTTP_201_CREATED, response_model=MilestoneView)
async def create_milestone(
    user: Caller, project_id: ProjectId, new: NewMilestone, once: Idempotent
) -> Response:
    return await once(
        status.HTTP_201_CREATED, lambda: milestones.create_milestone(user, project_id, new)
    )


@router.get("/{milestone_id}/")
async def read_milestone(
    user: Caller, project_id: ProjectId, milestone_id: MilestoneId, response: Response
) -> MilestoneView:
    await require_membership(project_id, user.id)
    view = view_milestone(await milestones.find_milestone(project_id, milestone_id))
    response.headers.update(etag(view.model_dump()))
    return view


@router.patch("/{milestone_id}/", response_model=MilestoneView)
async def update_milestone(
    user: Caller,
    project_id: ProjectId,
    milestone_id: MilestoneId,
    changes: MilestoneChanges,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_200_OK,
        lambda: milestones.update_milestone(
            user, project_id, milestone_id, changes, expected_version=version
        ),
    )


@router.delete("/{milestone_id}/", status_code=status.HTTP_204_NO_CONTENT)
async def delete_milestone(
    user: Caller,
    project_id: ProjectId,
    milestone_id: MilestoneId,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_204_NO_CONTENT,
        lambda: milestones.delete_milestone(
            user, project_id, milestone_id, expected_version=version
        ),
    )
