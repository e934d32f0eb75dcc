"""The relay: what is due goes out in one go and in order, and what fails is counted and dropped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from structlog.testing import capture_logs

from events.bus import Bus
from events.redis_bus import RedisBus
from events.relay import Relay
from tests.support.bus import comes_true, event, listening
from tests.support.counters import info
from tests.support.services import free_port, own_redis

COMMITS = [[event("project_1", 3 * n + k) for k in (1, 2, 3)] for n in range(20)]


@asynccontextmanager
async def relaying(bus: Bus) -> AsyncIterator[Relay]:
    """Everything was committed before the relay has its first turn."""
    relay = Relay(bus)
    for commit in COMMITS:
        relay.wake(list(commit))
    running = asyncio.create_task(relay.run())
    yield relay
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_commits_that_are_due_together_cost_one_round_trip() -> None:
    with own_redis() as redis:
        async with listening(RedisBus(redis.url)) as listener:
            await listener.is_listening_to("project_1")
            before = await info(redis.url, "stats")
            async with relaying(listener.bus) as relay:
                assert await listener.hears(60) == [hint for commit in COMMITS for hint in commit]
            after = await info(redis.url, "stats")
            assert relay.failed == 0
    commands, reads = (
        after[name] - before[name] for name in ("total_commands_processed", "total_reads_processed")
    )
    assert commands >= 60
    assert reads < 20, "Redis read many commands at a time"


async def test_each_commit_that_fails_is_counted_and_the_round_is_logged_once() -> None:
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}")
    with capture_logs() as logs:
        async with relaying(bus) as relay:
            await comes_true(lambda: relay.failed == len(COMMITS))
            relay.wake([event("project_1", 1)])
            await comes_true(lambda: relay.failed == len(COMMITS) + 1)
    assert [(line["event"], line["commits"]) for line in logs] == [
        ("bus_publish_failed", len(COMMITS)),
        ("bus_publish_failed", 1),
    ]
    await bus.close()
