"""Engine.IO as it comes, less three things that let connections linger.

Pings run on the house's one timer wheel instead of a task per socket. A packet that cannot be read
closes its connection at once: as it comes, the exception leaves the socket in its rooms for 70
seconds. And a connection that closed is forgotten at once, without a monitoring task.

Overrides internals of python-engineio 4.15.1, which pyproject.toml pins.
"""

from typing import Any

import structlog
from engineio import async_server, async_socket, exceptions, packet

from server.sockets.protocol import connection_of
from server.sockets.wheel import Timer, TimerWheel

log = structlog.get_logger()


class EngineSocket(async_socket.AsyncSocket):  # type: ignore[misc]
    """One Engine.IO connection."""

    def __init__(self, server: "EngineServer", sid: str, environ: dict[str, Any]) -> None:
        super().__init__(server, sid)
        self.wire_scope = environ["asgi.scope"]
        self._pulse: Timer | None = None

    async def check_ping_timeout(self) -> bool:
        """The wheel does that."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        return True

    def schedule_ping(self) -> None:
        """Called when the connection opens and at each PONG: it is alive, so ping it later."""
        if self._pulse:
            self._pulse.cancel()
        self._pulse = self.server.wheel.after(self.server.ping_interval, self._beat)

    def _beat(self) -> None:
        if not self.closed:
            self.queue.put_nowait(packet.Packet(packet.PING))
            self._pulse = self.server.wheel.after(self.server.ping_timeout, self.drop)

    def drop(self) -> None:
        """Cut the connection without waiting for it. Harmless when it is closed already."""
        if wire := connection_of(self.wire_scope):
            wire.abort()
        self.server.start_background_task(self.end, self.server.reason.PING_TIMEOUT)

    async def end(self, reason: str) -> None:
        """Forget the connection: disconnect handlers run, and its queue is let go."""
        if self._pulse:
            self._pulse.cancel()
        await self.close(wait=False, abort=True, reason=reason)
        self.queue.put_nowait(None)
        self.server.sockets.pop(self.sid, None)

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        if environ["asgi.scope"]["type"] == "websocket":
            self.wire_scope = environ["asgi.scope"]
        return await super().handle_get_request(environ)

    async def receive(self, pkt: packet.Packet) -> None:
        try:
            await super().receive(pkt)
        except exceptions.SocketIsClosedError:
            raise
        except Exception as error:
            await self._hang_up_on(error)
            raise exceptions.SocketIsClosedError from error

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        try:
            await super().handle_post_request(environ)
        except exceptions.EngineIOError:
            raise
        except Exception as error:
            await self._hang_up_on(error)
            raise exceptions.EngineIOError from error

    async def _websocket_handler(self, ws: Any) -> None:
        try:
            await super()._websocket_handler(ws)
        except Exception as error:  # noqa: BLE001 - whatever a packet does to the decoder
            await self._hang_up_on(error)
        finally:
            if self.upgraded or not self.connected:
                await self.end(self.server.reason.TRANSPORT_CLOSE)

    async def _hang_up_on(self, error: Exception) -> None:
        log.info("refused", code="unreadable_packet", door="socketio", why=repr(error)[:200])
        await self.end(self.server.reason.TRANSPORT_ERROR)


class EngineServer(async_server.AsyncServer):  # type: ignore[misc]
    """Makes our sockets where engineio names its own by hand."""

    wheel: TimerWheel

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        sid = self.generate_id()
        socket = self.sockets[sid] = EngineSocket(self, sid, environ)
        opening = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await socket.send(packet.Packet(packet.OPEN, opening))
        refused = await self._trigger_event("connect", sid, environ, run_async=False)
        if refused is not None:
            del self.sockets[sid]
            return self._unauthorized(refused)
        socket.schedule_ping()
        if transport == "websocket":
            return await socket.handle_get_request(environ)
        socket.connected = True
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)
