"""The goodbye of a server: no new clients, and the present ones are sent elsewhere one by one."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol
from urllib.parse import parse_qs

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from models.refusals import Refusal
from server.http.problems import problem

log = structlog.get_logger()

DRAINING = Refusal(
    "draining", "This server is stopping: connect again, another one answers.", retry_after=1
)
CUT_OFF = Refusal(
    "cut_off",
    "This server stopped before it was done with your request. Look whether it was carried out, "
    "or repeat it with its Idempotency-Key.",
    retry_after=1,
)
APART = 0.02
"""Seconds between two clients, on average: who comes back takes a login and a replay."""
STEP = 0.05


class Client(Protocol):
    """Whoever holds a transport."""

    def retire(self) -> None:
        """End the transport, so that the client comes back by itself. Never waits or raises."""


class Door(Protocol):
    """Where clients come in."""

    def clients(self) -> Sequence[Client]:
        """Every client whose transport is there."""


class Drain:
    """Begun once, and never taken back."""

    def __init__(self, *doors: Door) -> None:
        self._doors = doors
        self.begun = False

    def begin(self) -> None:
        """From now on `/readyz` says no, and the entrance is closed."""
        self.begun = True

    async def send_away(self, within: float) -> None:
        """End every transport, at moments spread over `within` seconds at most; wait for the end.

        A client that does not take its last frames keeps it waiting: whoever calls sets the limit.
        """
        clients = self._clients()
        log.info("draining", clients=len(clients))
        began = asyncio.get_running_loop().time()
        for client, moment in departures(clients, within, random.SystemRandom()):
            await asyncio.sleep(began + moment - asyncio.get_running_loop().time())
            client.retire()
        while clients := self._clients():
            for late in clients:  # it was being let in when the drain began
                late.retire()
            await asyncio.sleep(STEP)

    def _clients(self) -> list[Client]:
        return [client for door in self._doors for client in door.clients()]


def departures(
    clients: Sequence[Client], within: float, lot: random.Random
) -> list[tuple[Client, float]]:
    """Who leaves when, by lot: seconds from now, in ascending order."""
    spread = min(within, APART * len(clients))
    moments = sorted(lot.uniform(0, spread) for _ in clients)
    return list(zip(lot.sample(clients, len(clients)), moments, strict=True))


class Entrance:
    """Refuses new socket clients while the server drains (503); whoever is inside goes on.

    Whoever is inside when the time is up, and is cancelled, is told so.
    """

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app = app
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._drain.begun and opens_a_transport(scope):
            log.info("refused", code=DRAINING.code, path=scope["path"])
            await problem(503, DRAINING)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] == "lifespan":
                raise
            log.warning("cut_off", path=scope["path"])
            if scope["type"] == "http":
                with suppress(RuntimeError):  # the answer had begun
                    await problem(503, CUT_OFF)(scope, receive, send)


def opens_a_transport(scope: Scope) -> bool:
    """A WebSocket's handshake, or the first request of a long-polling client, without a `sid`."""
    if scope["type"] == "http" and scope["path"].startswith("/socket.io"):
        return b"sid" not in parse_qs(scope["query_string"])
    return bool(scope["type"] == "websocket")
