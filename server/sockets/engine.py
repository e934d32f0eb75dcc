"""Engine.IO as it comes, less what lets connections linger.

Pings run on the house's one timer wheel instead of a task per socket. A packet that cannot be read
closes its connection at once: as it comes, the exception is logged and the socket stays, or stays
in its rooms for 70 seconds. A connection that closed is forgotten at once, without a monitoring
task, and nothing ever waits for the queue of a client that may be gone.

Overrides internals of python-engineio 4.15.1, which pyproject.toml pins.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from engineio import async_server, async_socket, exceptions, packet, payload
from starlette.types import Send
from websockets.frames import CloseCode

from server.failures import is_outage
from server.sockets.connection import ABORT_AFTER
from server.sockets.protocol import connection_of
from server.sockets.wheel import Timer, TimerWheel

log = structlog.get_logger()

PACKETS_A_POLL = 16
"""What python-socketio's client takes in one answer."""


class Post(payload.Payload):  # type: ignore[misc]
    """What a client posts. Its bytes are bounded; a client may well subscribe to 100 projects."""

    max_decode_packets = 1000


class EngineSocket(async_socket.AsyncSocket):  # type: ignore[misc]
    """One Engine.IO connection."""

    def __init__(self, server: "EngineServer", sid: str, environ: dict[str, Any]) -> None:
        super().__init__(server, sid)
        self.wire_scope = environ["asgi.scope"]
        self._pulse: Timer | None = None
        self._awaits_pong = False
        self._posting = False
        self.retired = False

    async def check_ping_timeout(self) -> bool:
        """The wheel does that."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        return True

    def schedule_ping(self) -> None:
        """Called when the connection opens and at each PONG: it is alive, so ping it later."""
        if self._pulse and not self._awaits_pong:
            return  # a PONG that nobody asked for proves nothing
        if self._pulse:
            self._pulse.cancel()
        self._awaits_pong = False
        self._pulse = self.server.wheel.after(self.server.ping_interval, self._beat)

    def _beat(self) -> None:
        if not self.closed:
            self._awaits_pong = True
            self.queue.put_nowait(packet.Packet(packet.PING))
            self._pulse = self.server.wheel.after(self.server.ping_timeout, self.drop)

    def drop(self) -> None:
        """Cut the connection without waiting for it. Harmless when it is closed already."""
        if wire := connection_of(self.wire_scope):
            wire.abort()
        self.server.start_background_task(self.end, self.server.reason.PING_TIMEOUT)

    def retire(self) -> None:
        """End the transport behind what is queued, so that the client comes back by itself.

        A WebSocket is closed, a poll is answered with an error. Not with a CLOSE packet:
        python-socketio's client would stay away.
        """
        if not (self.retired or self.closed):
            self.retired = True
            self.queue.put_nowait(None)
            self.server.wheel.after(ABORT_AFTER, self.drop)

    async def end(self, reason: str) -> None:
        """Forget the connection: disconnect handlers run, and whoever waits on its queue goes."""
        if self._pulse:
            self._pulse.cancel()
        await self.close(wait=False, abort=True, reason=reason)
        # Not in this turn: engineio looks the connection up again to answer the request it is in.
        asyncio.get_running_loop().call_soon(self.server.sockets.pop, self.sid, None)

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:  # noqa: FBT001, FBT002, ARG002
        """Never wait for the queue, which a client that is gone does not empty."""
        await super().close(wait=False, abort=abort, reason=reason)
        self.queue.put_nowait(None)

    async def poll(self) -> list[packet.Packet]:
        """What is queued, at most so many packets; nothing at the end of the connection."""
        try:
            patience = self.server.ping_interval + self.server.ping_timeout
            packets = [await asyncio.wait_for(self.queue.get(), patience)]
        except (TimeoutError, asyncio.CancelledError):
            raise exceptions.QueueEmpty from None
        while packets[-1] is not None and len(packets) < PACKETS_A_POLL and self.queue.qsize():
            packets.append(self.queue.get_nowait())
        if packets[-1] is None:
            packets.pop()
            self.queue.put_nowait(None)  # for the next to ask, too
        if self.retired and not packets:
            raise exceptions.QueueEmpty
        return packets

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
        if self.closed:  # that was a CLOSE
            await self.end(self.server.reason.CLIENT_DISCONNECT)
            if self.upgraded:
                raise exceptions.SocketIsClosedError

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """One at a time, and none beside a WebSocket: two would carry out frames at once."""
        length = int(environ.get("CONTENT_LENGTH", "0"))
        try:
            if self._posting or self.upgraded or length > self.server.max_http_buffer_size:
                raise exceptions.ContentTooLongError  # noqa: TRY301 - treated as any broken body
            self._posting = True
            body = await environ["wsgi.input"].read(length)
            for pkt in Post(encoded_payload=body.decode()).packets:
                await self.receive(pkt)
        except exceptions.SocketIsClosedError:
            raise
        except Exception as error:
            await self._hang_up_on(error)
            raise exceptions.EngineIOError from error
        finally:
            self._posting = False

    async def _websocket_handler(self, ws: Any) -> None:
        ws.close = partial(self._close_websocket, ws.asgi_send)  # engineio's has no close code
        try:
            await super()._websocket_handler(ws)
        except Exception as error:  # noqa: BLE001 - whatever a packet does to the decoder
            await self._hang_up_on(error)
        finally:
            if self.upgraded:
                await self.end(self.server.reason.TRANSPORT_CLOSE)
            self.upgrading = False  # a probe that failed must not keep the polling client waiting

    async def _close_websocket(self, send: Send) -> None:
        code = CloseCode.SERVICE_RESTART if self.retired else CloseCode.NORMAL_CLOSURE
        with suppress(Exception):  # it has closed already
            await send({"type": "websocket.close", "code": code})

    async def _hang_up_on(self, error: Exception) -> None:
        if is_outage(error):
            log.warning("database_unavailable", door="socketio", why=repr(error)[:200])
        else:
            log.info("refused", code="unreadable_packet", door="socketio", why=repr(error)[:200])
        await self.end(self.server.reason.TRANSPORT_ERROR)


class EngineServer(async_server.AsyncServer):  # type: ignore[misc]
    """Makes our sockets where engineio names its own by hand."""

    wheel: TimerWheel

    async def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        """A message that cannot be read must reach `receive`; engineio would log it and go on."""
        if event == "message":
            return await self.handlers[event](*args)
        return await super()._trigger_event(event, *args, **options)

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
