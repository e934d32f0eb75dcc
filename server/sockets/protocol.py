"""uvicorn's WebSocket connection with three things that ASGI cannot say: ping, pong and abort.

It puts itself into `scope["extensions"]["roomcast.connection"]`. Under another ASGI server the
extension is missing: plain WebSocket clients are then not pinged, and a stalled one is not aborted.
"""

from collections.abc import Callable
from typing import Any

import structlog
from starlette.types import Scope
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State

log = structlog.get_logger()
EXTENSION = "roomcast.connection"


class Connection(WebSocketsSansIOProtocol):
    """One WebSocket connection, given to uvicorn as `ws=`."""

    _on_pong: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        """Uvicorn leaves a handshake with a line beyond 8 KiB without an answer, for ever."""
        super().data_received(data)
        if self.conn.handshake_exc and (answer := self.conn.data_to_send()):
            log.info("refused", code="broken_handshake", door="websocket")
            self.transport.write(b"".join(answer))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # refused requests have no scope
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    async def send(self, message: ASGISendEvent) -> None:
        """Uvicorn takes a handshake that was answered with a denial for one without an answer."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True

    def handle_pong(self, event: Frame) -> None:  # noqa: ARG002 - the signature is uvicorn's
        """Hear the answer to our ping; a pong that nobody asked for proves nothing."""
        on_pong, self._on_pong = self._on_pong, None
        if on_pong:
            on_pong()

    def send_receive_event_to_app(self) -> None:
        """Uvicorn logs a traceback where a client's text is no UTF-8: find that out before it."""
        if self.curr_msg_data_type == "text" and not is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        close = self.conn.close_sent
        code = (
            "message_too_large"
            if close and close.code == CloseCode.MESSAGE_TOO_BIG
            else "broken_frame"
        )
        log.info("refused", code=code, door="websocket", path=self.scope["path"])
        super().handle_parser_exception()

    def ping(self, on_pong: Callable[[], None]) -> None:
        """Send a ping frame (RFC 6455, 5.5.2), which every client answers by itself."""
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            self._on_pong = on_pong
            self.conn.send_ping(b"")
            self.transport.write(b"".join(self.conn.data_to_send()))

    def abort(self) -> None:
        """Drop the connection and whatever is still unsent."""
        self.transport.abort()


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def connection_of(scope: Scope) -> Connection | None:
    """The connection behind an ASGI scope, where uvicorn runs with our protocol."""
    found: Connection | None = scope.get("extensions", {}).get(EXTENSION)
    return found
