"""Room names. No other file writes or reads one."""

import re

from models.database import MAX_ID


def user_room(user_id: int) -> str:
    """Every socket of a person; their own log."""
    return f"user_{user_id}"


def project_room(project_id: int) -> str:
    """Everybody who watches a project."""
    return f"project_{project_id}"


def user_of(room: str) -> int:
    """Whose room a `user_<id>` is."""
    return int(room.removeprefix("user_"))


def project_of(room: str) -> int | None:
    """Which project's room this is; None where it is none."""
    match = re.fullmatch(r"project_([1-9][0-9]{0,9})", room, re.ASCII)
    return int(match[1]) if match and int(match[1]) <= MAX_ID else None
