"""Staying connected beyond the life of an access token."""

from actions.sessions import standing_of_session
from models.refusals import Forbidden
from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.inbound import RefreshToken


async def refresh_token(
    desk: Desk, connection: ClientConnection, frame: RefreshToken, _: Reply
) -> None:
    login = await desk.tokens.log_in(frame.token)
    if login.user.id != connection.user_id:
        raise Forbidden(
            "other_user", "That token is another user's: open a connection of their own with it."
        )
    connection.renew(login)
    # The login may have ended while we asked, when the connection was not yet its own.
    try:
        standing = await standing_of_session(login.session_id, login.user.id)
    except BaseException:
        connection.retire()  # nobody knows: it has to come back with the new token
        raise
    if standing is None:
        connection.close("session_ended", "This login has ended; log in again.")
