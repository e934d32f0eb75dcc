"""/projects/{id}/notify/: how a backend that is not ours reaches a team."""

from fastapi import APIRouter, Response, status

from actions.publish import TeamNotice, publish_to_team
from events.views import View
from models.user import User
from server.http.doors import Caller, Idempotent, ProjectId

router = APIRouter(prefix="/projects/{project_id}/notify", tags=["notify"])


class NoticeReceipt(View):
    """Where the notice stands in the project's log."""

    notification_id: str
    room: str
    seq: int


@router.post("/", status_code=status.HTTP_202_ACCEPTED, response_model=NoticeReceipt)
async def notify(
    user: Caller, project_id: ProjectId, notice: TeamNotice, once: Idempotent
) -> Response:
    """Tell everybody who watches the project: the arguments of `notify_project_team`."""
    return await once(status.HTTP_202_ACCEPTED, lambda: _publish(user, project_id, notice))


async def _publish(user: User, project_id: int, notice: TeamNotice) -> NoticeReceipt:
    event = await publish_to_team(user, project_id, notice)
    return NoticeReceipt(notification_id=event.event_id, room=event.room, seq=event.seq)
