"""Projects, their milestones and their teams."""

from typing import Literal

from tortoise import fields
from tortoise.models import Model

from models.user import User

ProjectStatus = Literal["active", "on_hold", "archived", "completed"]
ProjectHealth = Literal["on_track", "at_risk", "off_track"]
MilestoneStatus = Literal["pending", "in_progress", "completed"]
Role = Literal["owner", "manager", "member", "viewer"]


class Project(Model):
    """What a team works on. Deleting is soft: `deleted_at` hides it until it is restored."""

    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=200)
    description = fields.TextField(default="")
    status = fields.CharField(max_length=16, default="active")
    health = fields.CharField(max_length=16, default="on_track")
    progress = fields.SmallIntField(default=0)
    start_date = fields.DateField(null=True)
    due_date = fields.DateField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "projects"


class Milestone(Model):
    """A step of a project; progress in percent."""

    id = fields.IntField(primary_key=True)
    project: fields.ForeignKeyRelation[Project] = fields.ForeignKeyField(
        "models.Project", related_name="milestones"
    )
    project_id: int
    title = fields.CharField(max_length=200)
    description = fields.TextField(default="")
    due_date = fields.DateField(null=True)
    progress = fields.SmallIntField(default=0)
    status = fields.CharField(max_length=16, default="pending")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "milestones"
        indexes = (("project_id", "id"),)


class Membership(Model):
    """A person on a project; capacity is the share of their time, in percent."""

    id = fields.IntField(primary_key=True)
    project: fields.ForeignKeyRelation[Project] = fields.ForeignKeyField(
        "models.Project", related_name="memberships"
    )
    project_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="memberships"
    )
    user_id: int
    role = fields.CharField(max_length=16, default="member")
    capacity = fields.SmallIntField(default=100)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "memberships"
        unique_together = (("project", "user"),)
        indexes = (("user_id", "project_id"),)
