"""/auth/: accounts and logins."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, status
from pydantic import Field

from actions import accounts, sessions
from actions.accounts import Credentials, Registration
from actions.inputs import Input
from events.views import View
from models.user import Session
from server.auth import Tokens
from server.http.me import MeView, view_me

router = APIRouter(prefix="/auth", tags=["auth"])


class TokenPair(View):
    """The tokens of a login; `expires_in` is the access token's life in seconds."""

    access: str
    refresh: str
    token_type: str = "Bearer"  # noqa: S105 - RFC 6750's word, no secret
    expires_in: int


class RefreshRequest(Input):
    """The newest refresh token of a login."""

    refresh: Annotated[str, Field(strict=True, max_length=8192)]


@router.post("/register/", status_code=status.HTTP_201_CREATED)
async def register(new: Registration) -> MeView:
    return view_me(await accounts.register(new))


@router.post("/token/")
async def log_in(credentials: Credentials, request: Request) -> TokenPair:
    tokens: Tokens = request.app.state.tokens
    user = await accounts.check_password(credentials)
    return _pair(tokens, await sessions.start_session(user, tokens.refresh_lifetime))


@router.post("/refresh/")
async def refresh(spent: RefreshRequest, request: Request) -> TokenPair:
    """A new pair for a refresh token, which is good once; a second use ends the login."""
    tokens: Tokens = request.app.state.tokens
    claims = tokens.read(spent.refresh, "refresh")
    session = await sessions.rotate_session(
        claims.session_id, claims.user_id, claims.jti, tokens.refresh_lifetime
    )
    return _pair(tokens, session)


@router.post("/logout/", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(spent: RefreshRequest, request: Request) -> Response:
    """End the login of this refresh token: its tokens and its sockets."""
    tokens: Tokens = request.app.state.tokens
    claims = tokens.read(spent.refresh, "refresh")
    await sessions.end_session(claims.session_id, claims.user_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _pair(tokens: Tokens, session: Session) -> TokenPair:
    return TokenPair(
        access=tokens.access(session),
        refresh=tokens.refresh(session),
        expires_in=round(tokens.access_lifetime.total_seconds()),
    )
