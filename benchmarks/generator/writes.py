"""Writes over REST at a steady pace, and how long they take to reach those who listen."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter_ns
from typing import NamedTuple

from benchmarks.generator.clients import Timed
from benchmarks.generator.http import Caller
from benchmarks.generator.orders import Crowds, Meter, Order, Usage
from benchmarks.generator.wire import compact, frame
from benchmarks.statistics import percentile

CONNECTIONS = 16
QUIET = 1.0
NUMBERED = re.compile(rb'milestone_changed.*?"title":"write (\d+)".*?"seq":(\d+)', re.DOTALL)


class Delay(NamedTuple):
    """Milliseconds."""

    median: float
    p99: float


@dataclass(frozen=True)
class Delays:
    """What came of some writes.

    to_client: from the request's moment to the frame; after_answer: from the answer to it
    to_answer: from the request to its answer
    server_us: CPU of the server for each write and its deliveries, in microseconds
    generator_load: share of its core that the generator used while it wrote
    cut: how many of those apart the server closed
    first_seq: of the first write in the room's log
    """

    to_client: Delay
    after_answer: Delay
    to_answer: Delay
    server_us: float
    generator_load: float
    cut: int
    first_seq: int


@dataclass(frozen=True)
class Write(Order[Delays]):
    """Change a milestone so many times a second.

    A request counts from the moment it was due, so a server that falls behind is not excused.
    apart: the delays of so many, the first who came, do not count
    stalled: those apart read nothing meanwhile
    Raises RuntimeError where one of the others misses a frame or is cut.
    """

    crowd: str
    port: int
    pid: int
    token: str
    project: int
    a_second: int
    seconds: float
    description: str = ""
    apart: int = 0
    stalled: bool = False

    async def carry_out(self, crowds: Crowds) -> Delays:
        listeners = [one for one in crowds[self.crowd].listeners if isinstance(one, Timed)]
        apart, healthy = listeners[: self.apart], listeners[self.apart :]
        if self.stalled:
            for one in apart:
                one.transport.pause_reading()
        meter = Meter(self.pid)
        asked, answered = await self._write()
        usage = await meter.read()
        await _until_quiet(healthy)
        arrived = [arrivals(one) for one in healthy]
        for one in apart:
            one.transport.resume_reading()
        await _until_quiet(apart)  # what was in the kernel is read, and then the end
        landed = [(write, when) for one in arrived for write, (_, when) in one.items()]
        missing = len(asked) * len(healthy) - len(landed)
        if missing or any(one.lost for one in healthy):
            raise RuntimeError(f"{missing} frames never came, or sockets died.")
        return Delays(
            to_client=delay_of([when - asked[write] for write, when in landed]),
            after_answer=delay_of([when - answered[write] for write, when in landed]),
            to_answer=delay_of([answered[write] - asked[write] for write in asked]),
            server_us=usage.server_ns / 1000 / len(asked),
            generator_load=usage.generator_load,
            cut=sum(one.lost for one in apart),
            first_seq=min(seq for one in arrived for seq, _ in one.values()),
        )

    async def _write(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """When each write was due, and when it was answered."""
        caller = await Caller(self.port, self.token).connect(CONNECTIONS)
        milestones = f"projects/{self.project}/milestones/"
        made = await caller.call("POST", milestones, {"title": "Target"})
        path = f"{milestones}{made['id']}/"
        asked: dict[int, int] = {}
        answered: dict[int, int] = {}

        async def write(number: int) -> None:
            change = {"title": f"write {number}", "description": self.description}
            await caller.call("PATCH", path, change)
            answered[number] = perf_counter_ns()

        async with asyncio.TaskGroup() as tasks:
            began = perf_counter_ns()
            for number in range(round(self.a_second * self.seconds)):
                asked[number] = began + number * 1_000_000_000 // self.a_second
                await asyncio.sleep((asked[number] - perf_counter_ns()) / 1e9)
                tasks.create_task(write(number))
        caller.close()
        return asked, answered


@dataclass(frozen=True)
class Restore(Order[Usage]):
    """Delete a project and bring it back, which each member is told on their own room.

    Answers for the time from that request to the last frame that anybody got of it.
    """

    crowd: str
    port: int
    pid: int
    token: str
    project: int

    async def carry_out(self, crowds: Crowds) -> Usage:
        caller = await Caller(self.port, self.token).connect(1)
        path = f"projects/{self.project}/"
        await caller.call("DELETE", path)
        await asyncio.sleep(1)
        listeners = [one for one in crowds[self.crowd].listeners if isinstance(one, Timed)]
        for one in listeners:
            one.forget()
        meter, asked = Meter(self.pid), perf_counter_ns()
        await caller.call("POST", f"{path}restore/")
        await _until_quiet(listeners)
        usage = await meter.read()
        caller.close()
        if not all(one.chunks for one in listeners):
            raise RuntimeError("Not everybody was told.")
        last = max(one.chunks[-1][0] for one in listeners)
        return replace(usage, wall_ns=last - asked)  # the load, too, is not that of the quiet


@dataclass(frozen=True)
class Resume(Order[int]):
    """Everybody asks for what came after `since`; answers how many got so many writes, in order."""

    crowd: str
    project: int
    since: int
    writes: int

    async def carry_out(self, crowds: Crowds) -> int:
        listeners = [one for one in crowds[self.crowd].listeners if isinstance(one, Timed)]
        ask = compact(["resume", {"rooms": {f"project_{self.project}": self.since}}])
        for one in listeners:
            one.transport.write(frame(f"42{ask}".encode()))
        await _until_quiet(listeners)
        return sum(self._has_all(arrivals(one)) for one in listeners)

    def _has_all(self, arrived: Mapping[int, tuple[int, int]]) -> bool:
        """Writes overtake each other on the way in, so their numbers may lie in another order."""
        seqs = [seq for seq, _ in arrived.values()]
        return sorted(arrived) == list(range(self.writes)) and seqs == sorted(seqs)


async def _until_quiet(listeners: Sequence[Timed]) -> None:
    """Until nobody has got anything for a second."""
    before = -1
    while (now := sum(one.received for one in listeners)) != before:
        before = now
        await asyncio.sleep(QUIET)


def arrivals(listener: Timed) -> dict[int, tuple[int, int]]:
    """The seq of each numbered write, and when it arrived; the listener forgets it."""
    return {
        int(found[1]): (int(found[2]), when)
        for when, payload in listener.take()
        if (found := NUMBERED.search(payload))
    }


def delay_of(nanoseconds: Sequence[int]) -> Delay:
    return Delay(percentile(nanoseconds, 0.5) / 1e6, percentile(nanoseconds, 0.99) / 1e6)
