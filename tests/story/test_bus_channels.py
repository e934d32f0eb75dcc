"""A server with no socket of a room receives none of its messages: Redis' own counters say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import house_of
from tests.conftest import NewDatabase
from tests.support.bus import comes_true
from tests.support.counters import info, shards, subscribers, subscriptions
from tests.support.people import JSON, Person, Town
from tests.support.server import SECRET, Server, running
from tests.support.services import own_redis

CHANGES = 20
HOUSE = house_of(SECRET)
LONG = "x" * 9_000
"""A description that makes a message of a room outweigh everything else on the wire."""


@pytest.fixture
def wired(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> Iterator[tuple[Server, Server, str]]:
    """Two servers, and the Redis between them, which has nothing else to do."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    database = new_postgres_database()
    with own_redis() as redis:
        wire = {"ROOMCAST_REDIS_URL": redis.url, "ROOMCAST_HEADS_INTERVAL": "60"}
        with running(tmp_path / "a", database, **wire) as a:  # noqa: SIM117 - too long a line
            with running(tmp_path / "b", database, **wire) as b:
                yield a, b, redis.url


async def test_only_servers_with_a_socket_in_the_room_receive_its_messages(
    wired: tuple[Server, Server, str],
) -> None:
    here, there, url = wired
    async with Town(here.url) as town, Town(there.url) as far:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        room = f"project_{project['id']}"
        sharded = await shards([url])

        async def listened_to(times: int) -> None:
            async def is_so() -> bool:
                return await subscribers([url], [f"{HOUSE}:{room}"], sharded=sharded) == [times]

            await comes_true(is_so)

        await listened_to(0)
        near = await ada.on_plain()
        await near.subscribe(project["id"])
        await listened_to(1)
        assert await subscriptions(url) == [1, 3], "there: its canary; here: Ada and the room, too"
        once = await sent_by_redis(url, ada, project)
        for _ in range(CHANGES):
            await near.hears("milestone_changed")

        away = await far.visitor(jane).on_plain()
        await away.subscribe(project["id"])
        await listened_to(2)
        twice = await sent_by_redis(url, ada, project)
        for client in (near, away):
            for _ in range(CHANGES):
                await client.hears("milestone_changed")
        assert once > CHANGES * len(LONG)
        assert 1.8 * once < twice < 2.2 * once, "every message went out once, and then twice"

        await away.ask("unsubscribe_project", project_id=project["id"])
        await listened_to(1)
        await near.leave()
        await listened_to(0)
        assert await sent_by_redis(url, ada, project) < 0.2 * once


async def sent_by_redis(url: str, writer: Person, project: JSON) -> int:
    """The bytes that Redis sends while somebody makes long changes."""
    before = (await info(url, "stats"))["total_net_output_bytes"]
    for number in range(CHANGES):
        milestone = {"title": f"M{number}", "description": LONG}
        await writer.post(f"projects/{project['id']}/milestones/", milestone)
    after = (await info(url, "stats"))["total_net_output_bytes"]
    return int(after - before)
