"""The verbs of an account: register, check a password, change, deactivate, grant."""

import asyncio
import secrets
from functools import cache
from typing import Annotated, Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import StringConstraints
from tortoise.exceptions import IntegrityError

from actions.inputs import Changes, Input, Name, differs
from events.catalogue import TeamMemberRenamed, UserDeactivated
from events.log import lock_stream, open_stream, record, record_for_user
from events.names import project_room, user_room
from events.views import view_member
from models.project import Membership
from models.refusals import Conflict, Forbidden, NotFound, Unauthenticated
from models.transaction import transaction
from models.user import Session, User

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id as OWASP advises: 19 MiB a login, so that a storm of logins fits in memory."""


class Registration(Input):
    """A person who wants an account. Username and email mean the same in any case."""

    username: Annotated[
        str, StringConstraints(strict=True, to_lower=True, pattern=r"^[A-Za-z0-9_.@+-]{1,150}$")
    ]
    email: Annotated[
        str,
        StringConstraints(
            strict=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$"
        ),
    ]
    password: Annotated[
        str, StringConstraints(strict=True, strip_whitespace=False, min_length=8, max_length=1024)
    ]
    first_name: Name = ""
    last_name: Name = ""


class Credentials(Input):
    """A username and a password."""

    username: Annotated[Name, StringConstraints(to_lower=True)]
    password: Annotated[
        str, StringConstraints(strict=True, strip_whitespace=False, max_length=1024)
    ]


class ProfileChanges(Changes):
    """What people may change about themselves."""

    first_name: Name = ""
    last_name: Name = ""


Grant = Literal["staff", "service"]


async def register(new: Registration) -> User:
    """Create an account. Raises Conflict when the username or the email is taken."""
    password_hash = await asyncio.to_thread(HASHER.hash, new.password)
    return await create_user(**new.model_dump(exclude={"password"}), password_hash=password_hash)


async def create_user(**fields: Any) -> User:
    """Create the row of an account and the log of its room."""
    try:
        async with transaction():
            user = await User.create(**fields)
            await open_stream(user_room(user.id))
            return user
    except IntegrityError as error:
        raise Conflict(
            "account_exists", "That username or email is taken: choose another, or log in."
        ) from error


async def check_password(credentials: Credentials) -> User:
    """The active user these credentials belong to, or Unauthenticated, in the same time."""
    user = await User.get_or_none(username=credentials.username, is_active=True)
    known_hash = user.password_hash if user else None
    matches = await asyncio.to_thread(_verify, known_hash, credentials.password)
    if user is None or not matches:
        raise Unauthenticated("bad_credentials", "Unknown username or wrong password.")
    return user


async def update_profile(user: User, changes: ProfileChanges) -> User:
    """Change one's own names. Every team one is on sees it; nobody is interrupted by it."""
    wanted = changes.model_dump(exclude_unset=True)
    if not differs(user, wanted):
        return user
    async with transaction():
        places = await Membership.filter(user=user)
        # Other actions lock one stream; whoever locks several does it in the order of their names.
        for room in sorted(project_room(place.project_id) for place in places):
            await lock_stream(room)
        user.update_from_dict(wanted)
        await user.save(update_fields=list(wanted))
        for place in await Membership.filter(user=user).prefetch_related("project", "user"):
            renamed = TeamMemberRenamed(member=view_member(place))
            await record(place.project, renamed, actor=user, exclude_user=user)
    return user


async def deactivate_user(admin: User, user_id: int) -> User:
    """Close an account: no login, no token and no socket of theirs is good from now on."""
    if not admin.is_staff:
        raise Forbidden("staff_only", "Only staff may deactivate accounts.")
    async with transaction():
        user = await User.filter(id=user_id).select_for_update(no_key=True).get_or_none()
        if user is None:
            raise NotFound("user_not_found", f"There is no user {user_id}.")
        if user.is_active:
            user.is_active = False
            await user.save(update_fields=["is_active"])
            await Session.filter(user=user).delete()
            await record_for_user(user.id, UserDeactivated())
        return user


async def grant(username: str, right: Grant) -> User:
    """Make an account staff, or a service account: an operator's verb, on the CLI only."""
    async with transaction():
        user = await User.get_or_none(username=username)
        if user is None:
            raise NotFound("user_not_found", f"There is no user {username!r}.")
        setattr(user, f"is_{right}", True)
        await user.save(update_fields=[f"is_{right}"])
        return user


def _verify(known_hash: str | None, password: str) -> bool:
    try:
        return HASHER.verify(known_hash or _nobodys_hash(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """Checked where the username is unknown, so that the answer takes as long as otherwise."""
    return HASHER.hash(secrets.token_hex())
