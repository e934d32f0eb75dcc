"""A client's connection as the rooms see it, whichever door it came through."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from websockets.frames import CloseCode

from rooms.frames import Body, Frame, error_frame
from server.auth import Login
from server.sockets.cuts import SLOW_CONSUMER, Cuts
from server.sockets.wheel import Timer, TimerWheel
from server.sockets.wire import Wire

log = structlog.get_logger()

ABORT_AFTER = 2.0
"""Seconds that a closing connection has to take its last frames."""
LONGEST_TIMER = 600.0


class ClientConnection(ABC):
    """Who is at the other end, and one way to write to them. No method but `drained` waits."""

    door: str
    framed: Callable[[Body], bytes]
    """Makes the WebSocket frame of a body, as this door's clients read it."""
    wire: Wire | None = None
    """The way out, while the client takes part and its WebSocket is open."""

    def __init__(self, login: Login, wheel: TimerWheel, cuts: Cuts) -> None:
        self.wheel = wheel
        self.closed = False
        self._cuts = cuts
        self._cut = (login.session_id, login.cut_for) if login.cut_for else None
        self._expiry: Timer | None = None
        self.renew(login)

    def renew(self, login: Login) -> None:
        """Go on with this login (`refresh_token`); until its token expires."""
        if self.closed:
            return
        self._expires_at = login.expires_at
        self.user_id = login.user.id
        self.session_id = login.session_id
        self._watch_expiry()

    def send(self, frame: Frame) -> None:
        """Send a frame behind everything sent before."""
        if self.wire is not None:
            self.wire.write(frame.encoded(self.framed))
        elif not self.closed:
            self.keep(frame)

    def close(self, code: str, message: str) -> None:
        """Say why, then end the connection for good."""
        if self.closed:
            return
        self.send(error_frame(code, message))
        self.leave()
        self.hang_up(code)
        self.wheel.after(ABORT_AFTER, self.abort)

    def retire(self) -> None:
        """End the transport behind what is queued, so that the client comes back and resumes.

        There is no `error` frame and no DISCONNECT: official clients stay away after those.
        """
        if not self.closed:
            self._part(CloseCode.SERVICE_RESTART, "")

    def fall_behind(self) -> None:
        """The client does not read what it is sent: let it go, to come back and resume."""
        if self.closed:
            return
        log.info(SLOW_CONSUMER, door=self.door, user_id=self.user_id)
        self._cuts.note(self.session_id)
        self._part(CloseCode.TRY_AGAIN_LATER, SLOW_CONSUMER)

    def take_reason(self) -> str | None:
        """Why this login's last connection was cut, to be told once to a client that resumes."""
        if self._cut is None or self.closed:
            return None
        (session_id, reason), self._cut = self._cut, None
        self._cuts.forget(session_id)
        return reason

    def leave(self) -> None:
        """Take no part any more: nothing is sent, and no timer runs."""
        self.closed = True
        self.wire = None
        if self._expiry:
            self._expiry.cancel()

    @abstractmethod
    def keep(self, frame: Frame) -> None:
        """Queue a frame while no WebSocket is open."""

    @abstractmethod
    def hang_up(self, code: str) -> None:
        """Begin to close the connection for good, once what is queued has gone out."""

    @abstractmethod
    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent, or is gone."""

    @abstractmethod
    def close_transport(self, code: int, reason: str) -> None:
        """Begin to close the transport alone, once what is queued has gone out."""

    @abstractmethod
    def abort(self) -> None:
        """Drop the transport now. Harmless when it has closed already."""

    def _part(self, code: int, reason: str) -> None:
        self.leave()
        self.close_transport(code, reason)
        self.wheel.after(ABORT_AFTER, self.abort)

    def _watch_expiry(self) -> None:
        """Look again when the token expires; every ten minutes, to keep no timer for a year."""
        if self._expiry:
            self._expiry.cancel()
        left = max(0.0, self._seconds_left())
        self._expiry = self.wheel.after(min(left, LONGEST_TIMER), self._expire_or_wait)

    def _seconds_left(self) -> float:
        return (self._expires_at - datetime.now(UTC)).total_seconds()

    def _expire_or_wait(self) -> None:
        if self._seconds_left() > 0:
            self._watch_expiry()
        else:
            self.close(
                "token_expired",
                "Your access token has expired. Get a new one at auth/refresh/ and connect with "
                "it; next time send refresh_token {token} before it expires.",
            )
