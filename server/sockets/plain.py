"""The plain WebSocket door: `/ws/notifications`, JSON frames with a `type`. (Seed 003.)"""

import orjson
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from models.refusals import Invalid, Limited, Refusal
from rooms.frames import Body, Frame
from server.auth import Login
from server.failures import answer_to
from server.http.problems import problem
from server.sockets.connection import ClientConnection
from server.sockets.desk import Message, Reply, unreadable
from server.sockets.framing import text_frame
from server.sockets.heartbeat import Heartbeat
from server.sockets.protocol import Connection, connection_of
from server.sockets.reception import Reception
from server.sockets.wheel import TimerWheel

CLOSE_CODE = 4401
"""Private use (RFC 6455, 7.4.2): your login no longer holds; the close reason says why."""
MAX_REQUEST_ID = 128


def encode(body: Body) -> bytes:
    return text_frame(orjson.dumps(body))


class PlainDoor:
    """Opens WebSockets; each then lives by itself.

    most_buffered: bytes that may wait for one client
    """

    def __init__(
        self,
        reception: Reception,
        wheel: TimerWheel,
        *,
        ping_interval: float,
        ping_timeout: float,
        most_buffered: int,
    ) -> None:
        self.reception = reception
        self.wheel = wheel
        self.ping_interval = ping_interval
        self.ping_timeout = ping_timeout
        self.most_buffered = most_buffered
        self._connections: set[PlainConnection] = set()

    def clients(self) -> "list[PlainConnection]":
        """Every connection whose transport is there, or is being opened."""
        return list(self._connections)

    async def serve(self, websocket: WebSocket) -> None:
        """The handshake, and what was missed. A bad token gets HTTP 403 before the upgrade."""
        try:
            resume = websocket.query_params.get("resume")
            login, cursors = await self.reception.admit(
                token_of(websocket), resume, PlainConnection.door
            )
        except Refusal as refusal:
            await websocket.send_denial_response(denial(refusal))
            return
        except Exception as error:  # noqa: BLE001 - answered and logged
            failure = answer_to(error, door=PlainConnection.door)
            await websocket.send_denial_response(problem(503, failure))
            return
        connection = PlainConnection(self, connection_of(websocket.scope), login)
        self._connections.add(connection)
        try:
            # What happens after the handshake is heard: the own room's head was read before it.
            await websocket.accept()
            connection.open()
            await self.reception.let_in(connection, login, cursors, greet=lambda: None)
        except BaseException as error:
            self.see_off(connection)
            if not isinstance(error, WebSocketDisconnect):
                raise
            return
        connection.connection.go_live(connection)

    def see_off(self, connection: "PlainConnection") -> None:
        self.reception.see_off(connection)
        self._connections.discard(connection)


class PlainConnection(ClientConnection):
    """A plain WebSocket."""

    door = "websocket"
    framed = staticmethod(encode)

    def __init__(self, door: PlainDoor, connection: Connection, login: Login) -> None:
        super().__init__(login, door.wheel, door.reception.cuts)
        self.connection = connection
        self._door = door
        self._goodbye: tuple[int, str] | None = None
        self._heart = Heartbeat(
            door.wheel, door.ping_interval, door.ping_timeout, self._ping, self.abort
        )

    def open(self) -> None:
        """The handshake is done."""
        self.connection.bound(self._door.most_buffered, self.fall_behind)
        if self._goodbye:
            self.connection.close(*self._goodbye)
        else:
            self.wire = self.connection.transport
            self._heart.heard()

    async def hear(self, data: str | bytes) -> None:
        if self.closed:
            return
        if isinstance(data, str):
            message = read_message(data, self)
        else:
            message = unreadable(Invalid("binary_unsupported", "Send JSON as text, not as binary."))
        await self._door.reception.hear(self, message)

    def overhears(self, data: str | bytes) -> bool:  # noqa: ARG002
        """Its pongs are the protocol's own."""
        return False

    def lost(self) -> None:
        self._door.see_off(self)

    def keep(self, frame: Frame) -> None:
        """Before the handshake is done there is nothing to hear but why it ends."""

    async def drained(self) -> None:
        await self.connection.drained()

    def hang_up(self, code: str) -> None:
        self.close_transport(CLOSE_CODE, code)

    def close_transport(self, code: int, reason: str) -> None:
        self._goodbye = code, reason
        self.connection.close(code, reason)

    def abort(self) -> None:
        self.connection.abort()

    def leave(self) -> None:
        super().leave()
        self._heart.stop()

    def _ping(self) -> None:
        self.connection.ping(self._heart.heard)


def read_message(text: str, connection: ClientConnection) -> Message:
    """A frame's type, its other fields, and how to acknowledge it; or what is wrong with it."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return unreadable(
            Invalid("malformed_json", f"Send one JSON object a frame; this was none: {error}.")
        )
    if not isinstance(frame, dict):
        return unreadable(Invalid("not_an_object", 'Send one JSON object a frame: {"type": …}.'))
    request_id = frame.pop("request_id", None)
    if type(request_id) not in (str, int, type(None)) or len(str(request_id)) > MAX_REQUEST_ID:
        return unreadable(
            Invalid("invalid_field", "request_id: send a short string or an integer.")
        )
    reply = _reply(request_id, connection)
    return Message(frame.pop("type", None), frame, reply, len(text.encode()))


def _reply(request_id: str | int | None, connection: ClientConnection) -> Reply:
    if request_id is None:
        return Reply(None)
    return Reply(
        lambda body: connection.send(Frame({"type": "ack", "request_id": request_id, **body}))
    )


def token_of(websocket: WebSocket) -> str | None:
    """`?token=`, `?access_token=` or `Authorization: Bearer`."""
    query = websocket.query_params
    scheme, _, bearer = websocket.headers.get("authorization", "").partition(" ")
    return (
        query.get("token")
        or query.get("access_token")
        or (bearer if scheme.lower() == "bearer" else None)
    )


def denial(refusal: Refusal) -> Response:
    """Seed 003 wants 403 for a bad token; a full server says 503, a greedy user 429."""
    if isinstance(refusal, Invalid):
        return problem(422, refusal)
    if not isinstance(refusal, Limited):
        return problem(403, refusal)
    return problem(503 if refusal.code == "server_full" else 429, refusal)
