"""Every table, in one place: what Tortoise and aerich are told to read."""

from models.idempotency import IdempotencyKey
from models.log import EventRow, FanoutCursor, Stream
from models.project import Membership, Milestone, Project
from models.user import Session, User

__all__ = [
    "EventRow",
    "FanoutCursor",
    "IdempotencyKey",
    "Membership",
    "Milestone",
    "Project",
    "Session",
    "Stream",
    "User",
]
