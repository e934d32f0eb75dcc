"""/me/ and /users/: accounts as their owners and the staff see them."""

from fastapi import APIRouter, Response, status

from actions import accounts
from actions.accounts import ProfileChanges
from events.views import PersonView
from models.user import User
from server.http.doors import Caller, Idempotent, UserId

router = APIRouter(tags=["accounts"])


class MeView(PersonView):
    """An account, as its owner sees it."""

    email: str
    is_staff: bool
    is_service: bool
    is_active: bool


def view_me(user: User) -> MeView:
    return MeView.model_validate(user, from_attributes=True)


@router.get("/me/")
async def read_me(user: Caller) -> MeView:
    return view_me(user)


@router.patch("/me/", response_model=MeView)
async def update_me(user: Caller, changes: ProfileChanges, once: Idempotent) -> Response:
    return await once(status.HTTP_200_OK, lambda: _update(user, changes))


@router.post("/users/{user_id}/deactivate/", response_model=MeView)
async def deactivate_user(user: Caller, user_id: UserId, once: Idempotent) -> Response:
    """Close an account (staff only): its logins end and its sockets close."""
    return await once(status.HTTP_200_OK, lambda: _deactivate(user, user_id))


async def _update(user: User, changes: ProfileChanges) -> MeView:
    return view_me(await accounts.update_profile(user, changes))


async def _deactivate(user: User, user_id: int) -> MeView:
    return view_me(await accounts.deactivate_user(user, user_id))
