"""What both doors do with a client: let in, welcome, listen to, see off."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from events.names import user_room
from models.refusals import Refusal
from rooms.follow import Doorkeeper, Entry
from rooms.frames import Body, Frame, error_frame
from rooms.registry import Rooms
from server.auth import Login, Tokens
from server.failures import answer_to
from server.limits import Connections, MessageRate
from server.metrics import Metrics
from server.sockets.connection import ClientConnection
from server.sockets.cuts import Cuts
from server.sockets.desk import Desk, Message
from server.sockets.handlers import HANDLERS, Handler
from server.sockets.handlers.resume import enter_own_room
from server.sockets.inbound import read_cursors, read_frame, unknown_type

log = structlog.get_logger()
CUT = "Your last connection was cut: more was waiting for it than it read. What it missed follows."


class Reception:
    """The part of a socket door that is the same for both."""

    def __init__(
        self,
        *,
        tokens: Tokens,
        rooms: Rooms,
        doorkeeper: Doorkeeper,
        connections: Connections,
        rate: MessageRate,
        metrics: Metrics,
        advised_bytes: int,
    ) -> None:
        self._desk = Desk(doorkeeper, tokens)
        self._rooms = rooms
        self._connections = connections
        self._rate = rate
        self._metrics = metrics
        self.cuts = Cuts(metrics)
        self._advised_bytes = advised_bytes

    async def admit(
        self, token: str | None, resume: object, door: str
    ) -> tuple[Login, dict[str, int]]:
        """Check the token, read how far the client had come in which rooms, and take a place.

        Raises Unauthenticated, Invalid or Limited, and logs it.
        """
        try:
            self._connections.require_place()
            login = await self._desk.tokens.log_in(token)
            cursors = read_cursors(resume)
            await self._connections.take(login.user.id)
        except Refusal as refusal:
            self._refused(refusal, door=door)
            raise
        return login, cursors

    async def let_in(
        self,
        connection: ClientConnection,
        login: Login,
        cursors: Mapping[str, int],
        greet: Callable[[], None],
    ) -> None:
        """Let the connection into its own room, and back into the rooms that it named."""
        rooms = dict(cursors)
        since = rooms.pop(user_room(connection.user_id), None)
        await self._welcome(connection, login, since, greet)
        if cursors:
            await self._resume(connection, rooms)

    async def _welcome(
        self,
        connection: ClientConnection,
        login: Login,
        since: int | None,
        greet: Callable[[], None],
    ) -> None:
        """Let the connection into its user's own room, before anything else.

        `greet` tells the client that it is connected, once the room's head is known: whatever
        happens after the greeting is heard. A client without a cursor for the room is told where
        it stands.
        """

        def answer(body: Body) -> None:
            greet()
            if since is None:
                connection.send(
                    Frame({"type": "room_head", "room": body["room"], "seq": body["seq"]})
                )

        entry = Entry(login.user.head)  # one question for the login and the room
        entering = enter_own_room(self._desk, connection, since, answer, entry=entry)
        await self._come_in(connection, entering)

    async def _resume(self, connection: ClientConnection, cursors: Mapping[str, int]) -> None:
        """Let the connection back into the projects' rooms that it named when it connected."""
        if reason := connection.take_reason():
            connection.send(error_frame(reason, CUT))
        await self._come_in(connection, self._desk.doorkeeper.resume(connection, cursors))

    async def _come_in(self, connection: ClientConnection, entering: Awaitable[None]) -> None:
        try:
            await entering
        except Refusal as refusal:
            self._refused(refusal, door=connection.door, user_id=connection.user_id)
            connection.close(refusal.code, refusal.message)
        except Exception as error:  # noqa: BLE001 - logged; the client comes back by itself
            answer_to(error, door=connection.door, user_id=connection.user_id)
            connection.leave()
            connection.abort()

    async def hear(self, connection: ClientConnection, message: Message) -> None:
        """Carry out one client frame. Whatever it is, the answer is an ack or an `error` frame."""
        try:
            await self._rate.require(connection.user_id)
            await self._carry_out(connection, message)
        except Refusal as refusal:
            self._refused(refusal, door=connection.door, user_id=connection.user_id)
            answer_no(connection, refusal, message)
        except Exception as error:  # noqa: BLE001 - answered and logged below
            failure = answer_to(error, door=connection.door, user_id=connection.user_id)
            answer_no(connection, failure, message)

    def see_off(self, connection: ClientConnection) -> None:
        """The client is gone: leave every room and give the place back."""
        connection.leave()
        self._rooms.leave_all(connection)
        self._connections.release(connection.user_id)

    async def _carry_out(self, connection: ClientConnection, message: Message) -> None:
        if message.size > self._advised_bytes:
            self._metrics.oversized.inc()
        if message.fault:
            raise message.fault
        name = message.name
        handler: Handler[Any] | None = HANDLERS.get(name) if isinstance(name, str) else None
        if handler is None:
            raise unknown_type(name, HANDLERS)
        frame = read_frame(handler.frame, message.body)
        await handler.run(self._desk, connection, frame, message.reply)
        message.reply({"ok": True})

    def _refused(self, refusal: Refusal, **who: Any) -> None:
        self._metrics.refusals.labels(refusal.code).inc()
        log.info("refused", code=refusal.code, **who)


def answer_no(connection: ClientConnection, refusal: Refusal, message: Message) -> None:
    """In the ack where one was asked for, else in an `error` frame."""
    error = {"code": refusal.code, "message": refusal.message, **refusal.extra}
    if message.reply.open:
        message.reply({"ok": False, "error": error})
    else:
        connection.send(error_frame(**error))
