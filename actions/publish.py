"""The verb of other backends: tell a project's team what happened elsewhere."""

import json
import re
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

from actions.inputs import Id, Input, Text, Title
from actions.standing import enter_to_write, lock_project
from events.catalogue import EventType
from events.log import LoggedEvent
from events.notify import notify_project_team
from models.project import Project
from models.refusals import Forbidden, Invalid
from models.transaction import transaction
from models.user import User
from rooms.access import no_such_project


def _storable_json(data: dict[str, Any]) -> dict[str, Any]:
    try:
        encoded = orjson.dumps([[[[data]]]])  # as deep as it stands in the log's row
        json.dumps(data, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"must be JSON: {error}") from error
    if re.search(rb"(?<!\\)(?:\\\\)*\\u0000", encoded):
        raise ValueError("must not contain the character NUL (U+0000)")
    return data


class TeamNotice(Input):
    """The arguments of `notify_project_team`, as another backend sends them.

    `actor_user_id` is who did it (default: the caller; only staff and service accounts may name
    somebody else), `exclude_user_id` who is not to be notified.
    """

    event_type: EventType
    title: Title
    message: Annotated[Text, Field(max_length=2000)] = ""
    data: Annotated[dict[str, Any], AfterValidator(_storable_json)] = Field(default_factory=dict)
    actor_user_id: Id | None = None
    exclude_user_id: Id | None = None


async def publish_to_team(user: User, project_id: int, notice: TeamNotice) -> LoggedEvent:
    """Record a notice for a project's team. Members publish as themselves, services for anybody."""
    actor_id = notice.actor_user_id or user.id
    trusted = user.is_staff or user.is_service
    if actor_id != user.id and not trusted:
        raise Forbidden(
            "actor_not_you",
            "Only staff and service accounts may name another actor: leave out actor_user_id.",
        )
    async with transaction():
        project = await _find_project(user, project_id, trusted=trusted)
        return await notify_project_team(
            project=project,
            event_type=notice.event_type,
            actor_user=await _find_user("actor_user_id", actor_id) or user,
            title=notice.title,
            message=notice.message,
            exclude_user=await _find_user("exclude_user_id", notice.exclude_user_id),
            data=notice.data,
        )


async def _find_project(user: User, project_id: int, *, trusted: bool) -> Project:
    if not trusted:
        return (await enter_to_write(project_id, user, needs="member")).project
    await lock_project(project_id)
    project = await Project.get_or_none(id=project_id, deleted_at__isnull=True)
    if project is None:
        raise no_such_project(project_id)
    return project


async def _find_user(field: str, user_id: int | None) -> User | None:
    if user_id is None:
        return None
    user = await User.get_or_none(id=user_id)
    if user is None:
        raise Invalid("unknown_user", f"{field}: there is no user with id {user_id}.")
    return user
