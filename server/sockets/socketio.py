"""The Socket.IO door: path `/socket.io/`, default namespace, `auth: {token}` or `?token=`.

python-socketio speaks the protocol; who is let in, what a frame does and who hears what is the
same code as behind the plain door. Overrides internals of python-socketio 5.18.1, which
pyproject.toml pins.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import socketio
from socketio import packet

from models.refusals import Refusal
from server.sockets.engine import EngineServer
from server.sockets.engine_socket import EngineSocket
from server.sockets.reception import Reception
from server.sockets.socketio_connection import SocketIOConnection, read_message, refuse
from server.sockets.wheel import Timer, TimerWheel

ATTACHMENTS_WITHIN = 1.0
"""Seconds. No frame of ours has binary parts, so whoever announces some may not take long."""


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
        connection = SocketIOConnection(engine, login, self._wheel, self._reception.cuts)
        if engine.retired or engine.closed or eio_sid in self._connections:  # while we asked
            self._reception.see_off(connection)
            return
        self._connections[eio_sid] = connection
        self._came(eio_sid)
        connected = packet.Packet(packet.CONNECT, data={"sid": self.eio.generate_id()}).encode()
        await self._reception.let_in(
            connection, login, cursors, greet=lambda: connection.put(connected)
        )

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
