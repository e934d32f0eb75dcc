"""Room names. No other file writes or reads one."""


def user_room(user_id: int) -> str:
    """Every socket of a person; their own log."""
    return f"user_{user_id}"


def project_room(project_id: int) -> str:
    """Everybody who watches a project."""
    return f"project_{project_id}"


def is_user_room(room: str) -> bool:
    return room.startswith("user_")
