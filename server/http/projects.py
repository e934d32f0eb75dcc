"""/projects/"""

from fastapi import APIRouter, Response, status

from actions import projects
from actions.projects import NewProject, ProjectChanges, ProjectReplacement
from events.views import ProjectView, view_project
from models.project import Project
from rooms.access import require_membership
from server.http.doors import Caller, ExpectedVersion, Idempotent, Page, Paging, ProjectId, etag

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("/")
async def list_projects(user: Caller, paging: Paging) -> Page[ProjectView]:
    """The projects that the caller is on, in order of id."""
    rows = (
        await Project.filter(
            memberships__user_id=user.id, deleted_at__isnull=True, id__gt=paging.after
        )
        .order_by("id")
        .limit(paging.limit + 1)
    )
    return paging.page(rows, view_project)


@router.post("/", status_code=status.HTTP_201_CREATED, response_model=ProjectView)
async def create_project(user: Caller, new: NewProject, once: Idempotent) -> Response:
    return await once(status.HTTP_201_CREATED, lambda: projects.create_project(user, new))


@router.get("/{project_id}/")
async def read_project(user: Caller, project_id: ProjectId, response: Response) -> ProjectView:
    membership = await require_membership(project_id, user.id)
    view = view_project(membership.project)
    response.headers.update(etag(view.model_dump()))
    return view


@router.patch("/{project_id}/", response_model=ProjectView)
async def update_project(
    user: Caller,
    project_id: ProjectId,
    changes: ProjectChanges,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_200_OK,
        lambda: projects.update_project(user, project_id, changes, expected_version=version),
    )


@router.put("/{project_id}/", response_model=ProjectView)
async def replace_project(
    user: Caller,
    project_id: ProjectId,
    replacement: ProjectReplacement,
    version: ExpectedVersion,
    once: Idempotent,
) -> Response:
    return await once(
        status.HTTP_200_OK,
        lambda: projects.update_project(user, project_id, replacement, expected_version=version),
    )


@router.delete("/{project_id}/", status_code=status.HTTP_204_NO_CONTENT)
async def delete_project(
    user: Caller, project_id: ProjectId, version: ExpectedVersion, once: Idempotent
) -> Response:
    return await once(
        status.HTTP_204_NO_CONTENT,
        lambda: projects.delete_project(user, project_id, expected_version=version),
    )


@router.post("/{project_id}/restore/", response_model=ProjectView)
async def restore_project(user: Caller, project_id: ProjectId, once: Idempotent) -> Response:
    return await once(status.HTTP_200_OK, lambda: projects.restore_project(user, project_id))
