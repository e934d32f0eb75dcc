"""A crowd: many sockets on one server, and the frames that they are owed."""

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

from benchmarks.frames import FIRST_SEQ, body
from benchmarks.generator.clients import Arrival, Listener, Tally, Timed, Trigger, Witness
from benchmarks.generator.dialects import DIALECTS, Visitor

HOST = "127.0.0.1"
ONE_WITNESS_IN = 50
AT_ONCE = 50
PATIENCE = 60.0
QUIET = 0.3
"""Seconds without anything new: then a first frame has arrived whole."""


class Crowd:
    """Sockets that came in through one kind of door."""

    def __init__(self, dialect: str, port: int, *, timed: bool = False) -> None:
        self.dialect = DIALECTS[dialect]
        self.port = port
        self.timed = timed
        self.tally = Tally()
        self.listeners: list[Listener] = []
        self.seq: Counter[int] = Counter()
        self.frame_size: dict[int, int] = {}

    async def gather(self, visitors: Sequence[Visitor], receive_buffer: int | None = None) -> None:
        """Everybody comes in, so many at a time.

        receive_buffer: bytes that the kernel keeps for who does not read
        """
        places = asyncio.Semaphore(AT_ONCE)

        async def come(number: int, visitor: Visitor) -> Listener:
            async with places:
                return await self._let_in(number, visitor, receive_buffer)

        self.listeners += await asyncio.gather(
            *(come(number, visitor) for number, visitor in enumerate(visitors))
        )
        self._present = Counter(listener.project for listener in self.listeners)

    async def _let_in(self, number: int, visitor: Visitor, buffer: int | None) -> Listener:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            wire = socket.socket()
            wire.setblocking(False)
            if buffer:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            await loop.sock_connect(wire, (HOST, self.port))
            transport, arrival = await loop.create_connection(
                lambda: Arrival(self.dialect, visitor, self.port), sock=wire
            )
            await arrival.arrived
        listener = self._kind(number)(transport, self.tally, visitor.project)
        transport.set_protocol(listener)
        return listener

    def _kind(self, number: int) -> type[Listener]:
        if self.timed:
            return Timed
        return Listener if number % ONE_WITNESS_IN else Witness

    async def trigger(self) -> Trigger:
        _, trigger = await asyncio.get_running_loop().create_connection(Trigger, HOST, self.port)
        return trigger

    async def learn(self, trigger: Trigger, projects: Sequence[int]) -> None:
        """One frame to each room, and how long it is; everybody in the room must get the same."""
        before = {listener: listener.received for listener in self.listeners}
        for project in projects:
            self._fire(trigger, project, 1)
            await trigger.answered.wait()
        await self._settle()
        for project in projects:
            sizes = {one.received - before[one] for one in self.audience(project)}
            if len(sizes) != 1 or 0 in sizes:
                raise RuntimeError(f"Not everybody got the same: {sorted(sizes)} bytes.")
            self.frame_size[project] = sizes.pop()
        self.tally.outstanding = 0
        self.verify()

    async def broadcast(self, trigger: Trigger, project: int, count: int) -> None:
        """`count` frames in one go; returns when everybody in the room has all of them."""
        deliveries = self._present[project] * count
        if deliveries:
            self.tally.expect(deliveries * self.frame_size[project])
        self._fire(trigger, project, count)
        async with asyncio.timeout(PATIENCE):
            await trigger.answered.wait()
            if deliveries:
                await self.tally.complete.wait()

    def verify(self) -> None:
        """Nobody got a byte too many or too few, and the witnesses got every frame as it was."""
        if self.tally.outstanding or any(listener.lost for listener in self.listeners):
            raise RuntimeError(f"{self.tally.outstanding} bytes too few arrived, or sockets died.")
        for listener in self.listeners:
            project = listener.project
            if project is None or project not in self.frame_size:
                continue
            due = self.seq[project] * self.frame_size[project]
            if listener.received != due:
                raise RuntimeError(f"A socket got {listener.received} bytes instead of {due}.")
            if isinstance(listener, Witness):
                self._hear(listener, project)

    def _hear(self, witness: Witness, project: int) -> None:
        for text in witness.take():
            witness.heard += 1
            frame = self.dialect.read(text)
            due = body(project, FIRST_SEQ + witness.heard)
            if frame != due:
                raise RuntimeError(f"A witness got {frame} instead of {due}.")
        if witness.heard != self.seq[project]:
            raise RuntimeError(f"{witness.heard} frames instead of {self.seq[project]}.")

    def audience(self, project: int) -> list[Listener]:
        return [listener for listener in self.listeners if listener.project == project]

    def _fire(self, trigger: Trigger, project: int, count: int) -> None:
        request = self.dialect.emit(project, FIRST_SEQ + self.seq[project] + 1, count)
        trigger.fire(request, self.dialect.answers(count))
        self.seq[project] += count

    async def _settle(self) -> None:
        deadline, before = perf_counter() + PATIENCE, -1
        while (now := sum(one.received for one in self.listeners)) != before or not now:
            if perf_counter() > deadline:
                raise RuntimeError("No frame arrived.")
            before = now
            await asyncio.sleep(QUIET)

    async def disperse(self) -> None:
        """Everybody leaves."""
        for listener in self.listeners:
            listener.transport.close()
        self.listeners.clear()
        await asyncio.sleep(QUIET)
