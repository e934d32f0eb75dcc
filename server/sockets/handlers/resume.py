"""Coming back: what was missed first, in order, in every room that may still be entered."""

from actions.sessions import standing_of_session
from events.names import user_room
from rooms.follow import Answer, Entry
from rooms.frames import Body
from server.auth import session_ended
from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.inbound import Resume


async def resume(desk: Desk, connection: ClientConnection, frame: Resume, reply: Reply) -> None:
    """The acknowledgement says why the last connection was cut, where it was."""
    rooms = dict(frame.rooms)
    since = rooms.pop(user_room(connection.user_id), None)
    if since is not None:
        await enter_own_room(desk, connection, since, lambda _: None)
    await desk.doorkeeper.resume(connection, rooms)
    if reply.open:
        reply({"ok": True, **reason_of_cut(connection)})


def reason_of_cut(connection: ClientConnection) -> Body:
    """What an answer says besides to whoever comes back after a cut."""
    reason = connection.take_reason()
    return {"reason": reason} if reason else {}


async def enter_own_room(
    desk: Desk,
    connection: ClientConnection,
    since: int | None,
    answer: Answer,
    *,
    entry: Entry | None = None,
) -> None:
    """Let the connection into its user's own room. Raises Unauthenticated where its login ended."""

    async def ask() -> Entry:
        standing = await standing_of_session(connection.session_id, connection.user_id)
        if standing is None:
            raise session_ended()
        return Entry(standing.head)

    room = user_room(connection.user_id)
    await desk.doorkeeper.follow(connection, room, ask, answer, since=since, entry=entry)
