"""Background loops: they outlive outages that are expected, and nothing else.

A loop that dies of anything unexpected takes the process with it, non-zero: a server that looks
alive and delivers nothing is worse than one that a supervisor restarts.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog

from server.failures import is_outage

log = structlog.get_logger()

LONGEST_PAUSE = 5.0

Loop = Callable[[], Awaitable[None]]


async def run_loops(loops: Mapping[str, Loop], on_death: Callable[[], None]) -> None:
    """Run every loop until one dies of something unexpected, which is raised.

    `on_death` is called before the others are waited for: one of them may hang.
    """
    async with asyncio.TaskGroup() as group:
        for name, loop in loops.items():
            group.create_task(_outlive_outages(name, loop, on_death), name=name)


async def _outlive_outages(name: str, loop: Loop, on_death: Callable[[], None]) -> None:
    pause = 0.1
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await loop()
        except Exception as error:
            if not is_outage(error):
                log.critical("loop_died", loop=name, exc_info=error)
                on_death()
                raise
            if asyncio.get_running_loop().time() - started > LONGEST_PAUSE:
                pause = 0.1
            # Not all servers at once, when what they lost is back.
            wait = pause * random.uniform(0.5, 1)  # noqa: S311 - no secret
            log.warning(
                "loop_interrupted", loop=name, why=repr(error)[:200], retry_in=round(wait, 2)
            )
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)
