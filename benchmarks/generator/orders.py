"""What the generator can be asked to do, and what it answers."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from benchmarks.generator.crowd import Crowd
from benchmarks.generator.dialects import Visitor
from benchmarks.measure import cpu_ns

T = TypeVar("T")
Crowds = dict[str, Crowd]
AFTERMATH = 0.01
"""Seconds that a server has to finish after the last frame arrived; what it uses then counts."""


class Order(ABC, Generic[T]):
    """A piece of work for the generator."""

    @abstractmethod
    async def carry_out(self, crowds: Crowds) -> T:
        """Do it; `crowds` are those that were gathered, by name."""


@dataclass(frozen=True)
class Usage:
    """What a piece of work took: CPU of the server and of the generator, and time, in ns."""

    server_ns: int
    generator_ns: int
    wall_ns: int

    @property
    def generator_load(self) -> float:
        """Share of its core that the generator used."""
        return self.generator_ns / self.wall_ns


class Meter:
    """Reads the clocks at the beginning and at the end."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._server = cpu_ns(pid)
        self._generator = time.process_time_ns()
        self._wall = time.perf_counter_ns()

    async def read(self) -> Usage:
        wall = time.perf_counter_ns() - self._wall
        generator = time.process_time_ns() - self._generator
        await asyncio.sleep(AFTERMATH)
        return Usage(cpu_ns(self._pid) - self._server, generator, wall)


@dataclass(frozen=True)
class Gather(Order[Usage]):
    """Make visitors come in to the server at `port`, whose process is `pid`.

    They join the crowd where there is one already.
    timed: keep what arrives, and when; receive_buffer: bytes the kernel keeps for who does not read
    """

    crowd: str
    dialect: str
    port: int
    pid: int
    visitors: Sequence[Visitor]
    timed: bool = False
    receive_buffer: int | None = None

    async def carry_out(self, crowds: Crowds) -> Usage:
        new = Crowd(self.dialect, self.port, timed=self.timed)
        crowd = crowds.setdefault(self.crowd, new)
        meter = Meter(self.pid)
        await crowd.gather(self.visitors, self.receive_buffer)
        return await meter.read()


@dataclass(frozen=True)
class Learn(Order[None]):
    """Send a first frame to each room, and learn how long it is."""

    crowd: str
    projects: Sequence[int]

    async def carry_out(self, crowds: Crowds) -> None:
        crowd = crowds[self.crowd]
        trigger = await crowd.trigger()
        await crowd.learn(trigger, self.projects)
        trigger.close()


@dataclass(frozen=True)
class Broadcast(Order[Usage]):
    """Broadcast so many times, in turn to each project, and wait each time until all have it.

    burst: frames in one go
    pause: seconds after each time, so that the generator is not the one that is measured
    """

    crowd: str
    pid: int
    projects: Sequence[int]
    times: int
    burst: int = 1
    pause: float = 0.0

    async def carry_out(self, crowds: Crowds) -> Usage:
        crowd = crowds[self.crowd]
        trigger = await crowd.trigger()
        meter = Meter(self.pid)
        for number in range(self.times):
            await crowd.broadcast(trigger, self.projects[number % len(self.projects)], self.burst)
            if self.pause:
                await asyncio.sleep(self.pause)
        usage = await meter.read()
        trigger.close()
        crowd.verify()
        return usage


@dataclass(frozen=True)
class Disperse(Order[None]):
    """Everybody leaves, and the crowd is forgotten."""

    crowd: str

    async def carry_out(self, crowds: Crowds) -> None:
        await crowds.pop(self.crowd).disperse()
