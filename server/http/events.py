"""/projects/{id}/events/: what a socket would replay, for whoever has none."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from events.log import heads, read_log
from events.names import project_room
from models.refusals import Gone
from models.transaction import transaction
from rooms.access import require_membership
from rooms.cursor import ResyncReason, is_dense
from rooms.frames import Body, cursor_frame
from server.http.doors import MAX_PAGE, Caller, ProjectId

router = APIRouter(prefix="/projects/{project_id}/events", tags=["projects"])

WHY: dict[ResyncReason, str] = {
    "trimmed": "What came after seq {since} is no longer kept.",
    "log_reset": "The log ends at seq {head}, before {since}: the database was restored.",
}


class Replay(BaseModel):
    """The room's cursor frames in order, as they are sent to sockets.

    seq: the room's head at this moment; next: goes into `?since=` for the rest, null at the end
    """

    room: str
    seq: int
    items: list[dict[str, Any]]
    next: int | None


@router.get("/")
async def replay_events(
    user: Caller,
    project_id: ProjectId,
    since: Annotated[int, Query(ge=0, le=2**53 - 1)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> Replay:
    """What happened after `since`. 410 where that is no longer known: read the project anew."""
    room = project_room(project_id)
    async with transaction(snapshot=True):
        await require_membership(project_id, user.id)
        head = (await heads([room]))[room]
        events = await read_log(room, after=since, limit=limit)
    if since > head:
        raise _gone("log_reset", since, head)
    if not is_dense(since, [event.seq for event in events]) or (since < head and not events):
        raise _gone("trimmed", since, head)
    frames: list[Body] = [cursor_frame(event).body for event in events]
    last = events[-1].seq if events else since
    return Replay(room=room, seq=head, items=frames, next=last if last < head else None)


def _gone(reason: ResyncReason, since: int, head: int) -> Gone:
    return Gone(
        "resync",
        f"{WHY[reason].format(since=since, head=head)} Read the project again, and go on from seq "
        f"{head}.",
        reason=reason,
        seq=head,
    )
