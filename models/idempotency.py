"""Answers kept for repeated requests."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.user import User


class IdempotencyKey(Model):
    """A request a client may safely send again: the first answer is given again."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="idempotency_keys"
    )
    user_id: int
    key = fields.CharField(max_length=255)
    fingerprint = fields.CharField(max_length=64)
    status = fields.SmallIntField(default=0)
    answer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True, db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("user", "key"),)
