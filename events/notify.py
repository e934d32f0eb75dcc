"""`notify_project_team`, seed 003's function for whoever changes something and tells the team."""

from typing import Any

from pydantic import ValidationError

from events.catalogue import TeamNotified
from events.log import LoggedEvent, record
from models.project import Project
from models.refusals import Invalid
from models.transaction import transaction
from models.user import User


async def notify_project_team(
    *,
    project: Project,
    event_type: str,
    actor_user: User,
    title: str,
    message: str,
    exclude_user: User | None = None,
    data: dict[str, Any] | None = None,
) -> LoggedEvent:
    """Tell everybody who watches `project`, in the name of `actor_user`, but not `exclude_user`.

    Await it inside a `transaction()`, and the telling commits with the change, or on its own.
    Delivery follows the commit. Raises Invalid where the text or type does not fit. (Seed 003.)
    """
    try:
        event = TeamNotified(type=event_type, title=title, message=message, data=data or {})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "notification"
        raise Invalid("invalid_notification", f"{field}: {first['msg']}") from error
    async with transaction():
        return await record(project, event, actor=actor_user, exclude_user=exclude_user)
