"""The one way out of a WebSocket: what falls due in one turn of the event loop is one write.

A system call costs what 400 bytes cost ten times over, so a burst of twenty events is one call a
socket, not twenty. Where the kernel takes the bytes at once, which is nearly always, they go to it
directly and the loop's transport is not asked; it keeps what the kernel does not take.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any


class Turn:
    """The wires that have something to write at the end of this turn of the event loop."""

    def __init__(self) -> None:
        self._due: list[Wire] = []

    def add(self, wire: "Wire") -> None:
        if not self._due:
            asyncio.get_running_loop().call_soon(self._end)
        self._due.append(wire)

    def _end(self) -> None:
        due, self._due = self._due, []
        for wire in due:
            wire.flush()


class Wire(asyncio.Transport):
    """A transport that writes once a turn. Whoever writes to the connection does it through this.

    overflow: called when so many bytes wait above the kernel that a slow reader must be given up
    limit: that many; one write may pass it, however large, where nothing waited before
    """

    __slots__ = ("_fd", "_pending", "_transport", "_turn", "limit", "overflow")

    def __init__(self, transport: asyncio.Transport, turn: Turn) -> None:
        self._transport = transport
        self._turn = turn
        self._pending: list[bytes] = []
        self._fd = file_of(transport)
        self.limit: float = float("inf")
        self.overflow: Callable[[], None] | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write at the end of this turn, behind everything written before. Never raises."""
        if not self._pending:
            self._turn.add(self)
        self._pending.append(data)  # type: ignore[arg-type] # nobody changes it afterwards

    def flush(self) -> None:
        """Write what is pending now."""
        pending = self._pending
        if not pending:
            return
        data = pending[0] if len(pending) == 1 else b"".join(pending)
        pending.clear()
        transport = self._transport
        if transport.is_closing():
            return
        if waiting := transport.get_write_buffer_size():
            transport.write(data)
            if waiting > self.limit and self.overflow:
                overflow, self.overflow = self.overflow, None
                overflow()
        elif self._fd is None:
            transport.write(data)
        else:
            try:
                sent = os.write(self._fd, data)
            except OSError:
                sent = 0  # the kernel is full, or the connection broke: the transport finds out
            if sent < len(data):
                transport.write(data[sent:])

    def unsent(self) -> int:
        """Bytes that wait above the kernel."""
        return sum(map(len, self._pending)) + self._transport.get_write_buffer_size()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self._pending.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()


def file_of(transport: asyncio.Transport) -> int | None:
    """The descriptor to write to; None where TLS lies between."""
    if transport.get_extra_info("sslcontext"):
        return None
    descriptor: int = transport.get_extra_info("socket").fileno()
    return descriptor
