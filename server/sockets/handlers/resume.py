"""Coming back: what was missed first, in order, in every room that may still be entered."""

from actions.sessions import head_of_session
from events.names import user_room
from rooms.follow import Answer, Entry
from server.auth import session_ended
from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.inbound import Resume


async def resume(desk: Desk, connection: ClientConnection, frame: Resume, _: Reply) -> None:
    rooms = dict(frame.rooms)
    since = rooms.pop(user_room(connection.user_id), None)
    if since is not None:
        await enter_own_room(desk, connection, since, lambda _: None)
    await desk.doorkeeper.resume(connection, rooms)


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
        head = await head_of_session(connection.session_id, connection.user_id)
        if head is None:
            raise session_ended()
        return Entry(head)

    room = user_room(connection.user_id)
    await desk.doorkeeper.follow(connection, room, ask, answer, since=since, entry=entry)
