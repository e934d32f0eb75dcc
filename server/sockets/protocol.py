"""uvicorn's WebSocket connection with three things that ASGI cannot say: ping, pong and abort.

It puts itself into `scope["extensions"]["roomcast.connection"]`. Under another ASGI server the
extension is missing: plain WebSocket clients are then not pinged, and a stalled one is not aborted.
"""

from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

EXTENSION = "roomcast.connection"


class Connection(WebSocketsSansIOProtocol):
    """One WebSocket connection, given to uvicorn as `ws=`."""

    on_pong: Callable[[], None] | None = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # refused requests have no scope
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self

    def handle_pong(self, event: Frame) -> None:  # noqa: ARG002 - the signature is uvicorn's
        if self.on_pong:
            self.on_pong()

    def ping(self) -> None:
        """Send a ping frame (RFC 6455, 5.5.2); every client answers by itself."""
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            self.conn.send_ping(b"")
            self.transport.write(b"".join(self.conn.data_to_send()))

    def abort(self) -> None:
        """Drop the connection and whatever is still unsent."""
        self.transport.abort()


def connection_of(scope: Scope) -> Connection | None:
    """The connection behind an ASGI scope, where uvicorn runs with our protocol."""
    found: Connection | None = scope.get("extensions", {}).get(EXTENSION)
    return found
