"""People and services, and the logins they hold."""

from tortoise import fields
from tortoise.models import Model


class User(Model):
    """A person, or a service account (`is_service`) that publishes for another backend."""

    id = fields.IntField(primary_key=True)
    username = fields.CharField(max_length=150, unique=True)
    email = fields.CharField(max_length=254, unique=True)
    password_hash = fields.CharField(max_length=255)
    first_name = fields.CharField(max_length=150, default="")
    last_name = fields.CharField(max_length=150, default="")
    is_staff = fields.BooleanField(default=False)
    is_service = fields.BooleanField(default=False)
    is_active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "users"


class Session(Model):
    """One login: the chain of refresh tokens that began with a password.

    Only the newest refresh token (`refresh_jti`) is good. An older one that comes back was stolen
    or copied, so it ends the whole session (RFC 9700, 4.14.2).

    cut_for: why a connection of it was cut, until the client that resumes is told
    """

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sessions"
    )
    user_id: int
    refresh_jti = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    cut_for = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "sessions"
        indexes = (("user_id",),)
