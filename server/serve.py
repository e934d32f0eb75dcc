"""Run the server: one process, one event loop, and a stop that is graceful and comes in time."""

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

import structlog
import uvicorn

from server.app import build_app
from server.drain import Drain
from server.settings import Settings
from server.sockets.protocol import Connection
from server.wiring import House

log = structlog.get_logger()

GRACE = 2.0
"""Seconds beyond the shutdown timeout, to cancel what is left and to close the database."""
ON_THE_WAY = 0.2
"""Seconds that a request may need from a connection's making to our reading it: it is answered."""
STEP = 0.1
COLLECT_AFTER = 10_000, 10, 10
"""New objects, and generations; Python's own first figure is 700."""


def run_server(settings: Settings, listener: socket.socket) -> int:
    """Serve on `listener` until stopped; returns the exit code, 1 where a background loop died.

    After a signal it does not return: uvicorn raises the signal again, so SIGTERM's code is 143.
    """
    died = False

    def on_death() -> None:
        nonlocal died
        died = True
        server.should_exit = True

    house = House(settings)
    server = DrainingServer(server_config(house, on_death), house.drain, settings.shutdown_timeout)
    spare_the_collector()
    server.run(sockets=[listener])
    return 1 if died or not server.started else 0


def spare_the_collector() -> None:
    """What is imported and wired is never garbage, and what connections are made of stays.

    Without this a storm of connects costs a sixth more: Python looks through it time and again.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class DrainingServer(uvicorn.Server):
    """Uvicorn with a drain before its shutdown.

    timeout: seconds from the signal until requests that still run are cancelled
    """

    def __init__(self, config: uvicorn.Config, drain: Drain, timeout: float) -> None:
        super().__init__(config)
        self._drain = drain
        self._timeout = timeout

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The second Ctrl-C waits for nobody, not even for a query that is being cancelled."""
        super().handle_exit(sig, frame)
        if self.force_exit:
            exit_at_the_latest_in(GRACE)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, send the clients elsewhere, let requests finish, close the house."""
        exit_at_the_latest_in(self._timeout + GRACE)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout
        self._drain.begin()
        await asyncio.sleep(0)  # who is in the kernel's queue already is let in, not reset
        self._stop_accepting(sockets or [])
        leaving = asyncio.gather(
            self._drain.send_away(self._timeout / 2), asyncio.sleep(ON_THE_WAY)
        )
        while not (leaving.done() or self.force_exit or loop.time() > deadline):
            await asyncio.wait({leaving}, timeout=STEP)
        leaving.cancel()
        left = max(0.0, deadline - loop.time())
        self.config.timeout_graceful_shutdown = left  # type: ignore[assignment] # only waited for
        await super().shutdown(sockets)

    def _stop_accepting(self, listeners: list[socket.socket]) -> None:
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        # Proxies and browsers move on with their next request instead of being cut off in one.
        self.server_state.default_headers = [
            *self.server_state.default_headers,
            (b"connection", b"close"),
        ]


def exit_at_the_latest_in(seconds: float) -> None:
    """End the process then, whatever it waits for: a database that hangs cannot be cancelled.

    A thread, because an event loop that is stuck calls nobody; never disarmed, because what hangs
    may be the end of the interpreter.
    """

    def give_up() -> None:
        log.critical("stop_overdue", seconds=seconds, hint="Something hangs, likely the database.")
        os._exit(1)

    overdue = threading.Timer(seconds, give_up)
    overdue.daemon = True
    overdue.start()


def server_config(house: House, on_death: Callable[[], None]) -> uvicorn.Config:
    """Uvicorn as the doors need it: our WebSocket protocol, our pings, no compression."""
    return uvicorn.Config(
        build_app(house, on_death),
        ws=partial(Connection, turn=house.turn),  # type: ignore[arg-type] # uvicorn calls it
        ws_max_size=house.settings.max_message_bytes,
        ws_ping_interval=None,
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        lifespan="on",
    )
