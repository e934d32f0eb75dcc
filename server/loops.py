"""Background loops: they outlive outages that are expected, and nothing else.

A loop that dies of anything unexpected takes the process with it, non-zero: a server that looks
alive and delivers nothing is worse than one that a supervisor restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from server.failures import is_outage

log = structlog.get_logger()

LONGEST_PAUSE = 5.0

Loop = Callable[[], Awaitable[None]]


async def run_loops(loops: Mapping[str, Loop]) -> None:
    """Run every loop until one dies of something unexpected, which is raised."""
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_outlive_outages(name, loop), name=name)


async def _outlive_outages(name: str, loop: Loop) -> None:
    pause = 0.1
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await loop()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("loop_interrupted", loop=name, why=repr(error)[:200], retry_in=pause)
            if asyncio.get_running_loop().time() - started > LONGEST_PAUSE:
                pause = 0.1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
