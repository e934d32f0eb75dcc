"""uvicorn's WebSocket connection, which goes on without an ASGI task once it is open.

It puts itself into `scope["extensions"]["roomcast.connection"]`. The application answers the
handshake, calls `go_live` and returns: from then on frames come as callbacks, and nothing waits
for a client that is silent. Extends uvicorn 0.54.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import structlog
from starlette.types import Scope
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State

from server.sockets.listener import NOBODY, Listener
from server.sockets.wire import Turn, Wire

log = structlog.get_logger()
EXTENSION = "roomcast.connection"
MOST_AT_ONCE = 65_536
"""Bytes of a replay that go out in one turn, and of messages that wait for their turn."""
MESSAGE = 64
"""Bytes that a message costs, besides what is in it."""
MOST_IN_A_ROW = 16
"""Messages of one client that are carried out before the loop goes round."""


class Connection(WebSocketsSansIOProtocol):
    """One WebSocket connection, given to uvicorn as `ws=`."""

    transport: Wire
    _on_pong: Callable[[], None] | None = None
    _listener: Listener | None = None
    _hearing: asyncio.Task[None] | None = None
    _live = False
    _untouched = True
    """Nothing has come since the handshake's request."""

    def __init__(self, *args: Any, turn: Turn, **options: Any) -> None:
        super().__init__(*args, **options)
        self._turn = turn
        self._unheard: list[str | bytes] = []
        self._unheard_size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(Wire(cast("asyncio.Transport", transport), self._turn))

    def go_live(self, listener: Listener) -> None:
        """From here frames go to the listener, and the application may return."""
        self._live = True
        self._listener = listener
        self.scope = {"path": self.scope["path"]}  # type: ignore[typeddict-item]
        if self.disconnected or self.conn.state is not State.OPEN:
            self._lose()
            return
        while not self.queue.empty():
            early: Any = self.queue.get_nowait()
            self._hear(early["text"] if "text" in early else early["bytes"])
        self.queue = cast("asyncio.Queue[Any]", NOBODY)  # a queue takes three kilobytes

    def bound(self, limit: int, overflow: Callable[[], None]) -> None:
        """Call `overflow` once when more than so many bytes wait for the client."""
        self.transport.limit, self.transport.overflow = limit, overflow

    async def drained(self) -> None:
        """Wait until the client has taken most of what was written, or is gone."""
        if self.transport.pending() > MOST_AT_ONCE:
            await asyncio.sleep(0)
        await self.writable.wait()

    def ping(self, on_pong: Callable[[], None]) -> None:
        """Send a ping frame (RFC 6455, 5.5.2), which every client answers by itself."""
        if self.conn.state is State.OPEN:
            self._on_pong = on_pong
            self.conn.send_ping(b"")
            self.transport.write(b"".join(self.conn.data_to_send()))

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame behind everything written before; harmless where one was sent."""
        if self.conn.state is State.OPEN:
            self.conn.send_close(code, reason)
            self.transport.end_with(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self._abort_later()

    def abort(self) -> None:
        """Drop the connection and whatever is still unsent."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Uvicorn leaves a handshake with a line beyond 8 KiB without an answer, for ever."""
        self._untouched = not self.handshake_initiated
        super().data_received(data)
        if self.conn.handshake_exc and (answer := self.conn.data_to_send()):
            log.info("refused", code="broken_handshake", door="websocket")
            self.transport.write(b"".join(answer))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport.seal()
        super().connection_lost(exc)
        self._lose()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # refused requests have no scope
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._abort_later()
        self._lose()

    def handle_cont(self, event: Frame) -> None:
        """An empty fragment adds nothing but a place in a list, of which there would be no end."""
        if event.data or event.fin:
            super().handle_cont(event)

    def shutdown(self) -> None:
        """Uvicorn sends a close frame where the client has sent one, which raises."""
        if self.conn.state in (State.CLOSING, State.CLOSED):
            self.transport.close()
        else:
            super().shutdown()

    async def run_asgi(self) -> None:
        """Uvicorn's own would close a connection that its application has returned from."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
            self.send_500_response()
        if not self._live and self.close_timer is None:
            self.transport.close()
            self._abort_later()

    async def send(self, message: ASGISendEvent) -> None:
        """Uvicorn takes a handshake that was answered with a denial for one without an answer."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True
        elif message["type"] == "websocket.accept":
            self._forget_request()

    def handle_pong(self, event: Frame) -> None:  # noqa: ARG002 - the signature is uvicorn's
        """Hear the answer to our ping; a pong that nobody asked for proves nothing."""
        on_pong, self._on_pong = self._on_pong, None
        if on_pong:
            on_pong()

    def send_receive_event_to_app(self) -> None:
        """Hand on a message; one at a time, and the client waits where it sends faster."""
        data, self.frames = b"".join(self.frames), []
        message: str | bytes = data
        if self.curr_msg_data_type == "text":
            try:
                message = data.decode()
            except UnicodeDecodeError:
                if self.conn.state is State.OPEN:
                    self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        if not self._live:
            self.frames = [data]
            super().send_receive_event_to_app()
        elif self._listener and not self.close_sent and not self._listener.overhears(message):
            self._hear(message)

    def handle_parser_exception(self) -> None:
        """One close frame says why; whoever goes on after that is not answered."""
        close = self.conn.close_sent
        if close is None or self.close_sent:
            self.abort()
            return
        too_big = close.code == CloseCode.MESSAGE_TOO_BIG
        code = "message_too_large" if too_big else "broken_frame"
        log.info("refused", code=code, door="websocket", path=self.scope["path"])
        super().handle_parser_exception()
        self._abort_later()
        self._lose()

    def _forget_request(self) -> None:
        """The handshake's headers, of which a proxy adds kilobytes, stay in the parser as well."""
        del self.request, self.response
        if self._untouched and self.conn.state is State.OPEN:
            self.conn.parser = self.conn.parse()
            next(self.conn.parser)

    def _hear(self, message: str | bytes) -> None:
        self._unheard.append(message)
        self._unheard_size += MESSAGE + len(message)
        if self._hearing is None:
            self._hearing = self.loop.create_task(self._hear_out())
            self.tasks.add(self._hearing)  # a server that stops waits for it
        elif not self.read_paused and self._unheard_size > MOST_AT_ONCE:
            self.read_paused = True
            self.transport.pause_reading()

    async def _hear_out(self) -> None:
        try:
            while self._unheard:
                messages, self._unheard = self._unheard, []
                self._unheard_size = 0
                for number, message in enumerate(messages, 1):
                    if self._listener:
                        await self._listener.hear(message)
                    if number % MOST_IN_A_ROW == 0:
                        await asyncio.sleep(0)  # others have their turn where nothing else waits
        finally:
            if self._hearing:
                self.tasks.discard(self._hearing)
            self._hearing = None
            if self.read_paused:
                self.read_paused = False
                self.transport.resume_reading()

    def _abort_later(self) -> None:
        """A transport that closes waits for its last bytes to be read, for ever."""
        if not self.disconnected:
            if self.close_timer:
                self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.abort)

    def _lose(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            self._unheard.clear()
            listener.lost()


def connection_of(scope: Scope) -> Connection:
    """The connection behind an ASGI scope; `roomcast serve` runs uvicorn with this protocol."""
    found: Connection = scope["extensions"][EXTENSION]
    return found
