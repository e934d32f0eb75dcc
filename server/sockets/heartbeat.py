"""Is the client still there? It is pinged now and then, and has to answer."""

from collections.abc import Callable

from server.sockets.wheel import Timer, TimerWheel


class Heartbeat:
    """Pings every `interval` seconds; gives up where no pong comes within `timeout`."""

    __slots__ = ("_awaits_pong", "_give_up", "_interval", "_ping", "_timeout", "_timer", "_wheel")

    def __init__(
        self,
        wheel: TimerWheel,
        interval: float,
        timeout: float,
        ping: Callable[[], None],
        give_up: Callable[[], None],
    ) -> None:
        self._wheel = wheel
        self._interval = interval
        self._timeout = timeout
        self._ping = ping
        self._give_up = give_up
        self._awaits_pong = False
        self._timer: Timer | None = None

    def heard(self) -> None:
        """The connection has opened, or a pong came: ping later."""
        if self._timer and not self._awaits_pong:
            return  # a pong that nobody asked for proves nothing
        self.stop()
        self._awaits_pong = False
        self._timer = self._wheel.after(self._interval, self._beat)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _beat(self) -> None:
        self._awaits_pong = True
        self._timer = self._wheel.after(self._timeout, self._give_up)
        self._ping()
