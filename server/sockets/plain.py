"""The plain WebSocket door: `/ws/notifications`, JSON frames with a `type`. (Seed 003.)"""

import asyncio

import orjson
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.frames import CloseCode

from events.names import user_room
from models.refusals import Invalid, Limited, Refusal
from rooms.frames import Body, Frame
from server.auth import Login
from server.failures import answer_to
from server.http.problems import problem
from server.sockets.connection import ClientConnection
from server.sockets.desk import Message, Reply, unreadable
from server.sockets.protocol import connection_of
from server.sockets.reception import Reception
from server.sockets.wheel import Timer, TimerWheel

CLOSE_CODE = 4401
"""Private use (RFC 6455, 7.4.2): your login no longer holds; the close reason says why."""
MAX_REQUEST_ID = 128


class PlainConnection(ClientConnection):
    """A WebSocket with a queue and one task that writes it out."""

    door = "websocket"

    def __init__(self, websocket: WebSocket, login: Login, wheel: TimerWheel) -> None:
        super().__init__(login, wheel)
        self._websocket = websocket
        self._wire = connection_of(websocket.scope)
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._goodbye: tuple[int, str] = (CLOSE_CODE, "")
        self._pulse: Timer | None = None

    def write(self, frame: Frame) -> None:
        self._queue.put_nowait(frame.encoded(encode))

    def hang_up(self, code: str) -> None:
        self._goodbye = (CLOSE_CODE, code)
        self._queue.put_nowait(None)

    def close_transport(self) -> None:
        self._goodbye = (CloseCode.SERVICE_RESTART, "")
        self._queue.put_nowait(None)

    def abort(self) -> None:
        if self._wire:
            self._wire.abort()

    async def write_out(self) -> None:
        """Write what is queued, until the connection ends."""
        try:
            while (text := await self._queue.get()) is not None:
                await self._websocket.send_text(text)
            await self._websocket.close(*self._goodbye)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client went first

    def keep_alive(self, interval: float, timeout: float) -> None:
        """Ping every `interval` seconds; abort where no pong comes within `timeout`."""
        wire = self._wire
        if wire is None:
            return

        def beat() -> None:
            wire.ping(heard)
            self._pulse = self.wheel.after(timeout, self.abort)

        def heard() -> None:
            if self._pulse:
                self._pulse.cancel()
            if not self.closed:
                self._pulse = self.wheel.after(interval, beat)

        heard()

    def leave(self) -> None:
        super().leave()
        if self._pulse:
            self._pulse.cancel()


class PlainDoor:
    """Serves one WebSocket at a time, as many as there are."""

    def __init__(
        self, reception: Reception, wheel: TimerWheel, *, ping_interval: float, ping_timeout: float
    ) -> None:
        self._reception = reception
        self._wheel = wheel
        self._ping_interval = ping_interval
        self._ping_timeout = ping_timeout
        self._connections: set[PlainConnection] = set()

    def clients(self) -> list[PlainConnection]:
        """Every connection whose transport is there, or is being opened."""
        return list(self._connections)

    async def serve(self, websocket: WebSocket) -> None:
        """From the handshake to the last frame. A bad token gets HTTP 403 before the upgrade."""
        try:
            resume = websocket.query_params.get("resume")
            login, cursors = await self._reception.admit(
                token_of(websocket), resume, PlainConnection.door
            )
        except Refusal as refusal:
            await websocket.send_denial_response(denial(refusal))
            return
        except Exception as error:  # noqa: BLE001 - answered and logged
            failure = answer_to(error, door=PlainConnection.door)
            await websocket.send_denial_response(problem(503, failure))
            return
        connection = PlainConnection(websocket, login, self._wheel)
        self._connections.add(connection)
        writer: asyncio.Task[None] | None = None
        try:
            # Into the room first: what happens after the handshake is heard. It waits in the queue.
            since = cursors.pop(user_room(connection.user_id), None)
            await self._reception.welcome(connection, since, greet=lambda: None)
            await websocket.accept()
            writer = asyncio.create_task(connection.write_out())
            connection.keep_alive(self._ping_interval, self._ping_timeout)
            await self._reception.resume(connection, cursors)
            await self._listen(websocket, connection)
        except WebSocketDisconnect:
            pass
        finally:
            self._reception.see_off(connection)
            self._connections.discard(connection)
            if writer:
                writer.cancel()

    async def _listen(self, websocket: WebSocket, connection: PlainConnection) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if connection.closed:
                continue
            text: str | None = message.get("text")
            if text is None:
                binary = Invalid("binary_unsupported", "Send JSON as text, not as binary.")
                await self._reception.hear(connection, unreadable(binary))
                continue
            await self._reception.hear(connection, read_message(text, connection))


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


def encode(body: Body) -> str:
    return orjson.dumps(body).decode()


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
