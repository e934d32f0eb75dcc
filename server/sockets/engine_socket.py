"""Engine.IO with one road out of each connection, and nothing that lets connections linger.

Until a WebSocket is open packets wait in a queue that is bounded in bytes. In the turn in which it
opens they are written to it, and from then on acks, pings, replays and broadcasts go through one
write function: no task writes, and none pings (the house's timer wheel does). A packet that cannot
be read closes its connection at once: as engine.io comes, the socket stays in its rooms for 70 s.

Overrides internals of python-engineio 4.15.1, which is pinned.
"""

import asyncio
from functools import partial
from typing import Any

import structlog
from engineio import async_socket, exceptions, packet
from websockets.frames import CloseCode

from server.failures import is_outage
from server.sockets.connection import ABORT_AFTER, ClientConnection
from server.sockets.framing import text_frame
from server.sockets.heartbeat import Heartbeat
from server.sockets.inbox import Inbox, read_body
from server.sockets.postbox import Postbox
from server.sockets.protocol import Connection, connection_of
from server.sockets.upgrade import proves_itself
from server.sockets.wire import Wire

log = structlog.get_logger()

PONG = str(packet.PONG)
NOOP = packet.Packet(packet.NOOP)
"""Ends a poll."""


class EngineSocket(async_socket.AsyncSocket):  # type: ignore[misc]
    """One Engine.IO connection.

    connection, wire: its WebSocket, and the way out of it, once that is open
    client: who it belongs to, once they have said so
    """

    queue: Postbox

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.connected = self.upgraded = False
        self.connection: Connection | None = None
        self.wire: Wire | None = None
        self.queue.overflow = self._overflow
        self.client: ClientConnection | None = None
        self._heart = Heartbeat(
            server.wheel, server.ping_interval, server.ping_timeout, self._ping, self.drop
        )
        self._inbox: Inbox | None = None
        self._posting = False
        self.retired = False

    def post(self, pkt: packet.Packet) -> None:
        """Send a packet behind everything sent before. Never waits."""
        if self.wire:
            self.wire.write(text_frame(pkt.encode().encode()))
        else:
            self.queue.put_nowait(pkt)

    async def send(self, pkt: packet.Packet) -> None:
        """Engine.io's own packets take the same road."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        self.post(pkt)

    def schedule_ping(self) -> None:
        """Called when the connection opens and at each PONG."""
        if not self.closed:
            self._heart.heard()

    def _ping(self) -> None:
        self.post(packet.Packet(packet.PING))

    def drop(self) -> None:
        """Cut the connection without waiting for it. Harmless when it is closed already."""
        if self.connection:
            self.connection.abort()
        self.server.start_background_task(self.end, self.server.reason.PING_TIMEOUT)

    def retire(self, code: int = CloseCode.SERVICE_RESTART, reason: str = "") -> None:
        """End the transport behind what is queued, so that the client comes back by itself.

        A WebSocket is closed with this code, a poll is answered with an error. Not with a CLOSE
        packet: python-socketio's client would stay away.
        """
        if not (self.retired or self.closed):
            self.retired = True
            self._end_transport(code, reason)
            self.server.wheel.after(ABORT_AFTER, self.drop)

    async def drained(self) -> None:
        if self.connection:
            await self.connection.drained()
        elif self._inbox and not self.queue.light.is_set():
            held = self._inbox.held
            held.set()
            await self.queue.light.wait()
            held.clear()

    def hang_up(self) -> None:
        """End the connection for good, behind what is queued."""
        self.post(packet.Packet(packet.CLOSE))
        self._end_transport(CloseCode.NORMAL_CLOSURE)

    async def end(self, reason: str) -> None:
        """Forget the connection: disconnect handlers run, and whoever waits on its queue goes."""
        self._heart.stop()
        await self.close(wait=False, abort=True, reason=reason)
        if not self._posting:
            self._forget()

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:  # noqa: FBT001, FBT002, ARG002
        """Never wait for the queue, which a client that is gone does not empty."""
        await super().close(wait=False, abort=abort, reason=reason)
        self._end_transport(CloseCode.NORMAL_CLOSURE)

    async def poll(self) -> list[packet.Packet]:
        """What is queued; nothing at the end of the connection."""
        try:
            patience = self.server.ping_interval + self.server.ping_timeout
            packets = await self.queue.take(patience)
        except (TimeoutError, asyncio.CancelledError):
            if self.upgraded:  # what should have ended this poll went over the WebSocket
                return [NOOP]
            raise exceptions.QueueEmpty from None
        if self.retired and not packets:
            raise exceptions.QueueEmpty
        return packets

    async def hear(self, data: str | bytes) -> None:
        """Read one packet from the WebSocket."""
        if self._inbox:
            await self._inbox.emptied()
            self._inbox = None
        try:
            await self.receive(packet.Packet(encoded_packet=data))
        except exceptions.SocketIsClosedError:
            await self.end(self.server.reason.TRANSPORT_CLOSE)
        except Exception as error:  # noqa: BLE001 - whatever a packet does to the decoder
            await self._hang_up_on(error)

    def overhears(self, data: str | bytes) -> bool:
        """A PONG does not wait behind a replay that takes its time."""
        if data != PONG:
            return False
        self.schedule_ping()
        return True

    def lost(self) -> None:
        self.server.start_background_task(self.end, self.server.reason.TRANSPORT_CLOSE)

    async def receive(self, pkt: packet.Packet) -> None:
        try:
            await super().receive(pkt)
        except exceptions.SocketIsClosedError:
            raise
        except Exception as error:
            await self._hang_up_on(error)
            raise exceptions.SocketIsClosedError from error
        if self.closed:  # that was a CLOSE
            await self.end(self.server.reason.CLIENT_DISCONNECT)
            if self.upgraded:
                raise exceptions.SocketIsClosedError

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """One at a time, and none beside a WebSocket: two would carry out frames at once."""
        beside_another = self._posting or self.upgraded
        try:
            if beside_another:
                raise exceptions.ContentTooLongError  # noqa: TRY301 - treated as any broken body
            self._posting = True
            limit = self.server.max_http_buffer_size
            body = await read_body(environ, limit)
            self._inbox = self._inbox or Inbox(self.receive, self.schedule_ping, limit)
            await self._inbox.take(body)
        except Exception as error:
            if not isinstance(error, exceptions.SocketIsClosedError):
                await self._hang_up_on(error)
            if self.sid in self.server.sockets:  # else engineio has no answer for it
                raise exceptions.EngineIOError from error
        finally:
            if not beside_another:
                self._posting = False
                if self.closed:
                    self._forget()

    def _forget(self) -> None:
        """In the next turn: engineio looks it up again to answer the request it is in."""
        asyncio.get_running_loop().call_soon(self.server.sockets.pop, self.sid, None)

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        """The handshake; returns once the connection lives on by itself."""
        if self.upgraded:
            raise OSError("There is a WebSocket already.")
        connection = connection_of(environ["asgi.scope"])
        connection.bound(self.server.most_buffered, connection.abort)
        websocket = self.server._async["websocket"](partial(self._open, connection), self.server)  # noqa: SLF001
        return await websocket(environ)

    async def _open(self, connection: Connection, websocket: Any) -> None:
        if self.upgrading or (self.connected and not await self._is_probed(websocket)):
            return
        if self.closed or self.upgraded:
            return
        self.connected = self.upgraded = True
        self.connection, self.wire = connection, connection.transport
        # In one turn, or a frame that is sent meanwhile overtakes those in the queue.
        while not self.queue.empty():
            if pkt := self.queue.get_nowait():
                self.post(pkt)
        del self.queue  # nobody polls any more, and it takes four kilobytes
        if self.client and not self.client.closed:
            self.client.wire = self.wire
        connection.bound(self.server.most_buffered, self._overflow)
        if self.retired:
            connection.close(CloseCode.SERVICE_RESTART)
        connection.go_live(self)

    async def _is_probed(self, websocket: Any) -> bool:
        self.upgrading = True
        try:
            return await proves_itself(websocket, lambda: self.queue.put_nowait(NOOP))
        finally:
            self.upgrading = False  # a probe that failed must not keep the client waiting

    def _end_transport(self, code: int, reason: str = "") -> None:
        if self.connection:
            self.connection.close(code, reason)
        else:
            self.queue.put_nowait(None)
            self.queue.light.set()

    def _overflow(self) -> None:
        if self.client and not self.client.closed:
            self.client.fall_behind()
        else:
            self.retire()

    async def _hang_up_on(self, error: Exception) -> None:
        if is_outage(error):
            log.warning("database_unavailable", door="socketio", why=repr(error)[:200])
        else:
            log.info("refused", code="unreadable_packet", door="socketio", why=repr(error)[:200])
        await self.end(self.server.reason.TRANSPORT_ERROR)
