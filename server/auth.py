"""JWT in, user out; and the tokens of a login. (RFC 7519; RFC 8725: we say the algorithm.)"""

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

import jwt

from actions.sessions import standing_of_session, user_of_session
from models.database import MAX_ID
from models.refusals import Unauthenticated
from models.user import Session, User

ALGORITHM = "HS256"
ISSUER = "roomcast"
AUDIENCE = "roomcast"

Kind = Literal["access", "refresh"]


class Claims(NamedTuple):
    """What a good token says."""

    user_id: int
    session_id: UUID
    jti: UUID
    expires_at: datetime


class Visitor(NamedTuple):
    """Who is at the other end of a socket, and where their own log stood as they came."""

    id: int
    head: int


class Login(NamedTuple):
    """A visitor we know: who, by which login, until when, and why they were cut off last time."""

    user: Visitor
    session_id: UUID
    expires_at: datetime
    cut_for: str | None


class Tokens:
    """Issues and reads tokens; lifetimes in seconds."""

    def __init__(self, key: str, access_lifetime: int, refresh_lifetime: int) -> None:
        self._key = key
        self.access_lifetime = timedelta(seconds=access_lifetime)
        self.refresh_lifetime = timedelta(seconds=refresh_lifetime)

    def access(self, session: Session) -> str:
        return self._issue("access", session, uuid4(), datetime.now(UTC) + self.access_lifetime)

    def refresh(self, session: Session) -> str:
        return self._issue("refresh", session, session.refresh_jti, session.expires_at)

    def read(self, token: str, kind: Kind) -> Claims:
        """What the token says, or Unauthenticated with what to do about it."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iss", "aud", "jti", "sub", "sid", "kind"]},
            )
            good = Claims(
                int(claims["sub"]),
                UUID(claims["sid"]),
                UUID(claims["jti"]),
                datetime.fromtimestamp(claims["exp"], UTC),
            )
            if good.user_id > MAX_ID:
                raise ValueError("no such user")  # noqa: TRY301 - treated as any broken claim
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated(
                "token_expired", "This token has expired: get a new one at auth/refresh/."
            ) from error
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated(
                "token_invalid", "This is not a token of this server: log in at auth/token/."
            ) from error
        if claims["kind"] != kind:
            raise Unauthenticated(
                "token_invalid", f"Send the {kind} token of your login here, not the other one."
            )
        return good

    async def authenticate(self, token: str | None) -> User:
        """The user of an access token whose login is alive, or Unauthenticated."""
        claims = self._read_access(token)
        user = await user_of_session(claims.session_id, claims.user_id)
        if user is None:
            raise session_ended()
        return user

    async def log_in(self, token: str | None) -> Login:
        """The login of an access token, for a socket; Unauthenticated where it is not alive."""
        claims = self._read_access(token)
        standing = await standing_of_session(claims.session_id, claims.user_id)
        if standing is None:
            raise session_ended()
        visitor = Visitor(claims.user_id, standing.head)
        return Login(visitor, claims.session_id, claims.expires_at, standing.cut_for)

    def _read_access(self, token: str | None) -> Claims:
        if not token:
            raise Unauthenticated(
                "token_missing",
                "Send an access token: `Authorization: Bearer …`, or `?token=` on a socket. Get "
                "one at auth/token/.",
            )
        return self.read(token, "access")

    def _issue(self, kind: Kind, session: Session, jti: UUID, expires_at: datetime) -> str:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(session.user_id),
            "sid": str(session.id),
            "jti": str(jti),
            "iat": datetime.now(UTC),
            "exp": expires_at,
            "kind": kind,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)


def session_ended() -> Unauthenticated:
    return Unauthenticated("session_ended", "This login has ended; log in again at auth/token/.")
