"""Sockets: one that comes in, then one that counts; and one connection that makes servers emit."""

import asyncio
import re
from time import perf_counter_ns
from typing import Any

from benchmarks.generator.dialects import Dialect, Visitor
from benchmarks.generator.wire import PING, PONG, TEXT, frame, take_frames, upgrade

SWITCHED = b"HTTP/1.1 101"
END_OF_HEAD = b"\r\n\r\n"


class Tally:
    """What a crowd still waits for: bytes, on all of its sockets together."""

    def __init__(self) -> None:
        self.outstanding = 0
        self.complete = asyncio.Event()

    def expect(self, size: int) -> None:
        self.outstanding += size
        self.complete.clear()


class Arrival(asyncio.Protocol):
    """A socket from its handshake until it is in the room; then it is given to a `Listener`."""

    def __init__(self, dialect: Dialect, visitor: Visitor, port: int) -> None:
        self._request = upgrade(dialect.path(visitor), port)
        self._conversation = dialect.converse(visitor)
        self._buffer = bytearray()
        self._upgraded = False
        self.arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            self._go_on()
        except Exception as error:  # noqa: BLE001 - whoever gathers the crowd hears of it
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionError("The server closed the connection."))

    def _go_on(self) -> None:
        if not self._upgraded:
            head, found, rest = bytes(self._buffer).partition(END_OF_HEAD)
            if not found:
                return
            if not head.startswith(SWITCHED):
                raise ConnectionError(head.decode() + rest.decode())
            self._buffer, self._upgraded = bytearray(rest), True
            self._say(None)
        for opcode, payload in take_frames(self._buffer):
            if opcode == TEXT:
                self._say(payload.decode())

    def _say(self, heard: str | None) -> None:
        try:
            text = next(self._conversation) if heard is None else self._conversation.send(heard)
        except StopIteration:
            self._end(None)
            return
        if text is not None:
            self.transport.write(frame(text.encode()))

    def _end(self, error: BaseException | None) -> None:
        if self.arrived.done():
            return
        if error:
            self.arrived.set_exception(error)
        else:
            self.arrived.set_result(None)


class Listener(asyncio.Protocol):
    """Counts what arrives, as cheaply as can be."""

    def __init__(self, transport: Any, tally: Tally, project: int | None) -> None:
        self.transport = transport
        self.project = project
        self.received = 0
        self.lost = False
        self._tally = tally

    def data_received(self, data: bytes) -> None:
        size = len(data)
        self.received += size
        tally = self._tally
        tally.outstanding -= size
        if tally.outstanding <= 0:
            tally.complete.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.lost = True


class Witness(Listener):
    """Keeps what arrives as well, to be read in full afterwards."""

    def __init__(self, transport: Any, tally: Tally, project: int | None) -> None:
        super().__init__(transport, tally, project)
        self.heard = 0
        self._buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        super().data_received(data)

    def take(self) -> list[str]:
        """The texts that arrived; pings of WebSocket are answered."""
        texts = []
        for opcode, payload in take_frames(self._buffer):
            if opcode == PING:
                self.transport.write(frame(payload, PONG))
            elif opcode == TEXT:
                texts.append(payload.decode())
        return texts


class Timed(Listener):
    """Keeps what arrives, and when."""

    def __init__(self, transport: Any, tally: Tally, project: int | None) -> None:
        super().__init__(transport, tally, project)
        self.chunks: list[tuple[int, bytes]] = []

    def data_received(self, data: bytes) -> None:
        self.chunks.append((perf_counter_ns(), data))
        self.received += len(data)

    def forget(self) -> None:
        self.chunks.clear()

    def take(self) -> list[tuple[int, bytes]]:
        """The payload of each frame, and the moment (of `perf_counter_ns`) when it was whole."""
        buffer, frames = bytearray(), []
        for moment, data in self.chunks:
            buffer += data
            frames += [(moment, payload) for _, payload in take_frames(buffer)]
        self.forget()
        return frames


class Trigger(asyncio.Protocol):
    """A connection over which a server is told to emit."""

    STATUS = re.compile(rb"HTTP/1\.1 ([0-9])")
    UNFINISHED = len(b"HTTP/1.1 ")

    def __init__(self) -> None:
        self._tail = b""
        self._awaited = 0
        self.answered = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def fire(self, request: bytes, answers: int) -> None:
        self.expect(answers)
        self._transport.write(request)

    def expect(self, answers: int) -> None:
        self._awaited += answers
        self.answered.clear()

    def data_received(self, data: bytes) -> None:
        heard, read = self._tail + data, 0
        for status in self.STATUS.finditer(heard):
            if status[1] != b"2":
                raise RuntimeError(f"The server would not emit: {heard.decode()}")
            self._awaited -= 1
            read = status.end()
        self._tail = heard[read:][-self.UNFINISHED :]  # a status may be torn in two
        if self._awaited <= 0:
            self.answered.set()

    def close(self) -> None:
        self._transport.close()
