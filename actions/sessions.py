"""The verbs of a login: start, rotate, end. (RFC 9700, 4.14.2: refresh token rotation.)"""

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

from events.catalogue import SessionEnded
from events.log import record_for_user
from events.names import user_room
from models.database import execute, execute_for
from models.refusals import Unauthenticated
from models.together import together
from models.transaction import transaction
from models.user import Session, User

STANDINGS = """
    SELECT place.session_id, place.user_id, streams.head, sessions.cut_for FROM {places}
    JOIN sessions ON sessions.id = place.session_id
    JOIN users ON users.id = sessions.user_id
    JOIN streams ON streams.room = place.room
    WHERE users.id = place.user_id AND sessions.ended_at IS NULL AND users.is_active
"""


class Standing(NamedTuple):
    """Where its user's own log stands, and why a connection of it was cut, if one was."""

    head: int
    cut_for: str | None


async def start_session(user: User, lifetime: timedelta) -> Session:
    """Begin a login with its first refresh token. The user's expired sessions go with it."""
    now = datetime.now(UTC)
    async with transaction():
        await Session.filter(user=user, expires_at__lt=now).delete()
        return await Session.create(
            id=uuid4(), user=user, refresh_jti=uuid4(), expires_at=now + lifetime
        )


async def user_of_session(session_id: UUID, user_id: int) -> User | None:
    """The active user of a living session; None where there is no such session."""
    return await User.filter(
        id=user_id, is_active=True, sessions__id=session_id, sessions__ended_at__isnull=True
    ).first()


async def standing_of_session(session_id: UUID, user_id: int) -> Standing | None:
    """How a living session of an active user stands; None for any other session.

    It is read in one statement, which is one snapshot: an end of the session that is not seen is
    an event above the head.
    """
    asked = session_id, user_id
    return (await _standings_of_sessions(asked)).get(asked)


async def note_cut(session_id: UUID, reason: str | None) -> None:
    """Remember why a connection of this login was cut, or that the client has been told."""
    await execute("UPDATE sessions SET cut_for = $2 WHERE id = $1", str(session_id), reason)


async def rotate_session(session_id: UUID, user_id: int, jti: UUID, lifetime: timedelta) -> Session:
    """Spend a refresh token for the next one. One that was spent before ends the session.

    Raises Unauthenticated. The end of a session whose token was reused is committed all the same.
    """
    now = datetime.now(UTC)
    async with transaction():
        session = await (
            Session.filter(
                id=session_id, user_id=user_id, ended_at__isnull=True, expires_at__gt=now
            )
            .select_for_update()
            .get_or_none()
        )
        if session is None:
            raise Unauthenticated("session_ended", "This login has ended; log in again.")
        if session.refresh_jti == jti:
            session.refresh_jti = uuid4()
            session.expires_at = now + lifetime
            await session.save(update_fields=["refresh_jti", "expires_at"])
            return session
        await _end(session, "refresh_token_reused")
    raise Unauthenticated(
        "refresh_token_reused",
        "This refresh token was used before, so somebody else may hold it. The login was ended "
        "everywhere; log in again.",
    )


async def end_session(session_id: UUID, user_id: int) -> None:
    """Log out: this login's tokens and sockets are no longer good. Twice is harmless."""
    async with transaction():
        session = await Session.filter(id=session_id).select_for_update().get_or_none()
        if session is not None and session.user_id == user_id and session.ended_at is None:
            await _end(session, "logged_out")


async def _end(session: Session, reason: Literal["logged_out", "refresh_token_reused"]) -> None:
    session.ended_at = datetime.now(UTC)
    await session.save(update_fields=["ended_at"])
    await record_for_user(session.user_id, SessionEnded(session_id=session.id, reason=reason))


@together
async def _standings_of_sessions(
    asked: set[tuple[UUID, int]],
) -> dict[tuple[UUID, int], Standing]:
    places = [
        {"session_id": session_id, "user_id": user_id, "room": user_room(user_id)}
        for session_id, user_id in asked
    ]
    rows = await execute_for(places, STANDINGS, session_id="uuid", user_id="int", room="text")
    return {
        (UUID(str(row["session_id"])), row["user_id"]): Standing(row["head"], row["cut_for"])
        for row in rows
    }
