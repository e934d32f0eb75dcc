"""The Socket.IO door: path `/socket.io/`, default namespace, `auth: {token}` or `?token=`.

python-socketio speaks the protocol; who is let in, what a frame does and who hears what is the
same code as behind the plain door. Overrides internals of python-socketio 5.18.1, which
pyproject.toml pins.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import socketio
from engineio import packet as engine_packet
from socketio import packet

from events.names import user_room
from models.refusals import Invalid, Refusal
from rooms.frames import Body, Frame
from server.auth import Login
from server.sockets.connection import ClientConnection
from server.sockets.desk import Message, Reply
from server.sockets.engine import EngineServer, EngineSocket
from server.sockets.protocol import text_frame
from server.sockets.reception import Reception
from server.sockets.wheel import Timer, TimerWheel

ATTACHMENTS_WITHIN = 1.0
"""Seconds. No frame of ours has binary parts, so whoever announces some may not take long."""


class SocketIOConnection(ClientConnection):
    """A Socket.IO client; acks and frames take the engine's one road."""

    door = "socketio"

    def __init__(self, engine: EngineSocket, login: Login, wheel: TimerWheel) -> None:
        super().__init__(login, wheel)
        self.engine = engine
        self.incoming_size = 0
        engine.on_overflow = self.fall_behind

    def write(self, frame: Frame) -> None:
        if wire := self.engine.wire:
            wire.write(frame.encoded(encode_for_websocket))
        else:
            self.put(frame.encoded(encode))

    def put(self, text: str) -> None:
        self.engine.post(engine_packet.Packet(engine_packet.MESSAGE, text))

    async def drained(self) -> None:
        await self.engine.drained()

    def hang_up(self, code: str) -> None:  # noqa: ARG002 - the error frame said it
        self.put(packet.Packet(packet.DISCONNECT).encode())
        self.engine.hang_up()

    def close_transport(self, code: int, reason: str) -> None:
        self.engine.retire(code, reason)

    def abort(self) -> None:
        self.engine.drop()


class NoRooms(socketio.AsyncManager):  # type: ignore[misc]
    """Python-socketio's register of rooms, left empty: ours are in rooms/."""

    def __init__(self, is_connected: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_connected = is_connected

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:  # noqa: ARG002
        """Asked before binary attachments are waited for."""
        return eio_sid if self._is_connected(eio_sid) else None


class SocketIODoor(socketio.AsyncServer):  # type: ignore[misc]
    """A Socket.IO server whose clients are connections of the house."""

    def __init__(
        self,
        reception: Reception,
        wheel: TimerWheel,
        *,
        connect_timeout: float,
        most_sockets: int,
        most_buffered: int,
        **engine: Any,
    ) -> None:
        super().__init__(
            NoRooms(self._is_connected),
            async_mode="asgi",
            async_handlers=False,
            monitor_clients=False,
            **engine,
        )
        self._reception = reception
        self._wheel = wheel
        self._connect_timeout = connect_timeout
        self._most_sockets = most_sockets
        self._connections: dict[str, SocketIOConnection] = {}
        self._waiting: dict[str, Timer] = {}
        self.eio.wheel = wheel
        self.eio.most_buffered = most_buffered

    def clients(self) -> list[SocketIOConnection | EngineSocket]:
        """Every connection whose transport is there; the engine's own before CONNECT."""
        return [self._connections.get(sid, engine) for sid, engine in self.eio.sockets.items()]

    def _is_connected(self, eio_sid: str) -> bool:
        return eio_sid in self._connections

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> str | None:
        if len(self.eio.sockets) > self._most_sockets:
            return "server_full"
        # Of the request only what CONNECT reads: a proxy adds kilobytes of headers.
        slim = {"QUERY_STRING": environ["QUERY_STRING"]}
        await super()._handle_eio_connect(eio_sid, slim)
        self._expect(eio_sid, self._connect_timeout)
        return None

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        engine = self.eio.sockets[eio_sid]
        if engine.retired:
            return
        if (namespace or "/") != "/":
            refuse(engine, namespace, Refusal("unknown_namespace", "There is only /."))
            return
        if eio_sid in self._connections:
            raise ValueError("CONNECT was sent twice")
        try:
            resume = data.get("resume") if isinstance(data, dict) else None
            login, cursors = await self._reception.admit(
                token_of(data, self.environ[eio_sid]), resume, SocketIOConnection.door
            )
        except Refusal as refusal:
            refuse(engine, namespace, refusal)
            return
        connection = SocketIOConnection(engine, login, self._wheel)
        if engine.retired or engine.closed or eio_sid in self._connections:  # while we asked
            self._reception.see_off(connection)
            return
        self._connections[eio_sid] = connection
        self._came(eio_sid)
        connected = packet.Packet(packet.CONNECT, data={"sid": self.eio.generate_id()}).encode()
        since = cursors.pop(user_room(connection.user_id), None)
        await self._reception.welcome(
            connection, login, since, greet=lambda: connection.put(connected)
        )
        await self._reception.resume(connection, cursors)

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, ack_id: int | None, data: Any
    ) -> None:
        connection = self._connections.get(eio_sid)
        if connection is None or (namespace or "/") != "/":
            raise ValueError("an event before CONNECT, or in another namespace")
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            raise ValueError("an event is an array that begins with its name")
        if not connection.closed:
            await self._reception.hear(connection, read_message(data, ack_id, connection))

    async def _handle_ack(
        self, eio_sid: str, namespace: str | None, ack_id: int | None, data: Any
    ) -> None:
        """We ask for no acknowledgements, so there is nothing to do with one."""

    async def _handle_disconnect(
        self,
        eio_sid: str,
        namespace: str | None,
        reason: str | None = None,  # noqa: ARG002 - the signature is python-socketio's
    ) -> None:
        if (namespace or "/") != "/":
            raise ValueError("a DISCONNECT of a namespace that there is not")
        connection = self._connections.pop(eio_sid, None)
        if connection is not None:
            self._reception.see_off(connection)
            self._expect(eio_sid, self._connect_timeout)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        awaited = eio_sid in self._binary_packet
        if awaited and not isinstance(data, bytes):
            raise ValueError("a packet came where a binary attachment was announced")
        if connection := self._connections.get(eio_sid):
            connection.incoming_size = len(data.encode() if isinstance(data, str) else data)
        await super()._handle_eio_message(eio_sid, data)
        if eio_sid in self._binary_packet and not awaited:
            self._expect(eio_sid, ATTACHMENTS_WITHIN)
        elif awaited and eio_sid not in self._binary_packet:
            self._came(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._binary_packet.pop(eio_sid, None)
        await self._handle_disconnect(eio_sid, "/", reason)
        self.environ.pop(eio_sid, None)
        self._came(eio_sid)

    def _expect(self, eio_sid: str, seconds: float) -> None:
        """Drop the connection unless what it owes us comes in time."""
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and not (engine.closing or engine.closed):
            self._came(eio_sid)
            self._waiting[eio_sid] = self._wheel.after(seconds, engine.drop)

    def _came(self, eio_sid: str) -> None:
        if timer := self._waiting.pop(eio_sid, None):
            timer.cancel()


def refuse(engine: EngineSocket, namespace: str | None, refusal: Refusal) -> None:
    """CONNECT_ERROR: the code as its message, and the rest as its data."""
    data = {"code": refusal.code, "message": refusal.message, **refusal.extra}
    body = {"message": refusal.code, "data": data}
    error = packet.Packet(packet.CONNECT_ERROR, data=body, namespace=namespace or "/")
    engine.post(engine_packet.Packet(engine_packet.MESSAGE, error.encode()))


def read_message(data: list[Any], ack_id: int | None, connection: SocketIOConnection) -> Message:
    """`[name]` or `[name, {…}]`; the fields may repeat the name as `type`."""
    name, *arguments = data
    if len(arguments) > 1:
        fault = Invalid("invalid_arguments", f"{name}: send one object, not several arguments.")
        return Message(name, None, _reply(ack_id, connection), connection.incoming_size, fault)
    body = arguments[0] if arguments else {}
    if isinstance(body, dict) and body.get("type") == name:
        del body["type"]
    return Message(name, body, _reply(ack_id, connection), connection.incoming_size)


def _reply(ack_id: int | None, connection: SocketIOConnection) -> Reply:
    if ack_id is None:
        return Reply(None)

    def acknowledge(body: Body) -> None:
        if not connection.closed:
            connection.put(f"3{ack_id}[{orjson.dumps(body).decode()}]")

    return Reply(acknowledge)


def encode(body: Body) -> str:
    """A Socket.IO EVENT packet: `2["name",{…}]`."""
    return f'2["{body["type"]}",{orjson.dumps(body).decode()}]'


def encode_for_websocket(body: Body) -> bytes:
    """The same as an Engine.IO MESSAGE in a WebSocket frame."""
    return text_frame(b"4" + encode(body).encode())


def may_connect_from(allowed: Sequence[str], origin: str | None, environ: dict[str, Any]) -> bool:
    """A page of this server's own address, or of an origin in the settings (`*` is every one)."""
    if origin is None or "*" in allowed or origin in allowed:
        return True
    return urlsplit(origin).netloc == environ.get("HTTP_HOST")


def token_of(auth: Any, environ: dict[str, Any]) -> str | None:
    """`auth: {token}` of the client, or `?token=` in the URL."""
    if isinstance(auth, dict):
        if not isinstance(token := auth.get("token"), str | None):
            return "not a string"
        if token:
            return token
    found = parse_qs(environ.get("QUERY_STRING", "")).get("token")
    return found[0] if found else None
