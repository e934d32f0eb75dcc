"""The one way out of a WebSocket: what falls due in one turn of the event loop is one write.

A system call costs as much as the rest of a delivery many times over, so a burst of twenty events
is one call a socket, not twenty. It goes to the kernel directly; the loop's transport is asked
only where the kernel does not take all of it, and keeps the rest.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from socket import socket
from typing import Any

import structlog

log = structlog.get_logger()


class Turn:
    """The wires that have something to write at the end of this turn of the event loop."""

    __slots__ = ("due",)

    def __init__(self) -> None:
        self.due: list[Wire] = []

    def schedule(self) -> None:
        """The first wire of this turn has something to write."""
        asyncio.get_running_loop().call_soon(self._end, context=Context())

    def _end(self) -> None:
        due, self.due = self.due, []
        for wire in due:
            try:
                wire.flush()
            except Exception:
                log.exception("write_failed")
                wire.abort()


class Wire(asyncio.Transport):
    """A transport that writes once a turn. Whoever writes to the connection does it through this.

    The kernel's socket is good until `connection_lost`, which must call `seal`.

    overflow: called once, when a write finds that the transport kept more bytes than `limit` of
    those before; one write may pass it, however large
    """

    __slots__ = (
        "_blocked",
        "_direct",
        "_first",
        "_more",
        "_more_size",
        "_sealed",
        "_transport",
        "_turn",
        "limit",
        "overflow",
    )

    def __init__(self, transport: asyncio.Transport, turn: Turn) -> None:
        self._transport = transport
        self._turn = turn
        self._first: bytes | None = None
        self._more: list[bytes] | None = None
        self._more_size = 0
        self._sealed = False
        self._direct = socket_of(transport)
        self._blocked = True  # until the transport is seen to have nothing left of the handshake
        self.limit: float = float("inf")
        self.overflow: Callable[[], None] | None = None

    def write(self, data: Any) -> None:
        """Write bytes at the end of this turn, behind everything written before. Never raises."""
        if self._sealed:
            return
        if self._first is None:
            self._first = data
            due = self._turn.due
            if not due:
                self._turn.schedule()
            due.append(self)
            return
        if self._more is None:
            self._more = []
        self._more.append(data)
        self._more_size += len(data)

    def flush(self) -> None:
        """Write what is pending now."""
        data, more = self._first, self._more
        if data is None:
            return
        self._first = None
        if more is not None:
            self._more, self._more_size = None, 0
            data = b"".join((data, *more))
        if self._direct is None or self._blocked:
            self._write_behind(data)
            return
        try:
            sent = self._direct.send(data)
        except OSError:
            sent = 0  # the kernel is full, or the connection broke: the transport finds out
        if sent < len(data):
            self._blocked = True
            self._transport.write(data[sent:])

    def pending(self) -> int:
        """Bytes that are due at the end of this turn."""
        return len(self._first or b"") + self._more_size

    def end_with(self, data: bytes) -> None:
        """Write this as the last there is."""
        self.write(data)
        self.flush()
        self.seal()

    def seal(self) -> None:
        """Nothing goes out any more."""
        self._sealed = True
        self._first = self._more = None
        if self._direct:
            self._direct.detach()
            self._direct = None

    def close(self) -> None:
        self.flush()
        self.seal()
        self._transport.close()

    def abort(self) -> None:
        self.seal()
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def _write_behind(self, data: bytes) -> None:
        """Behind what the transport still has; directly again when it has nothing left."""
        waiting = self._transport.get_write_buffer_size()
        if self._blocked and not waiting:
            self._blocked = False
            self._first = data
            self.flush()
            return
        self._transport.write(data)
        if waiting > self.limit and self.overflow:
            overflow, self.overflow = self.overflow, None
            overflow()


def socket_of(transport: asyncio.Transport) -> socket | None:
    """The socket to write to; None where TLS lies between.

    It shares the descriptor with the transport, which closes it, so it must be detached.
    """
    if transport.get_extra_info("sslcontext"):
        return None
    shown = transport.get_extra_info("socket")
    return socket(shown.family, shown.type, shown.proto, shown.fileno())
