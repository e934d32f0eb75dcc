"""/me/ and /users/: accounts as their owners and the staff see them."""

from fastapi import APIRouter, status

from actions import accounts
from actions.accounts import ProfileChanges
from events.views import PersonView
from models.user import User
from server.http.doors import Caller, UserId

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


@router.patch("/me/")
async def update_me(user: Caller, changes: ProfileChanges) -> MeView:
    return view_me(await accounts.update_profile(user, changes))


@router.post("/users/{user_id}/deactivate/", status_code=status.HTTP_200_OK)
async def deactivate_user(user: Caller, user_id: UserId) -> MeView:
    """Close an account (staff only): its logins end and its sockets close."""
    return view_me(await accounts.deactivate_user(user, user_id))
