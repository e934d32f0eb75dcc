"""Run the server: one process, one event loop."""

import socket
from collections.abc import Callable

import uvicorn

from server.app import build_app
from server.settings import Settings
from server.sockets.protocol import Connection


def run_server(settings: Settings, listener: socket.socket) -> int:
    """Serve on `listener` until stopped; returns the exit code, 1 where a background loop died."""
    died = False

    def on_death() -> None:
        nonlocal died
        died = True
        server.should_exit = True

    server = uvicorn.Server(server_config(settings, on_death))
    server.run(sockets=[listener])
    return 1 if died or not server.started else 0


def server_config(settings: Settings, on_death: Callable[[], None]) -> uvicorn.Config:
    """Uvicorn as the doors need it: our WebSocket protocol, our pings, no compression."""
    return uvicorn.Config(
        build_app(settings, on_death),
        ws=Connection,
        ws_max_size=settings.max_message_bytes,
        ws_ping_interval=None,
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=settings.shutdown_timeout,
        access_log=False,
        log_config=None,
        lifespan="on",
    )
