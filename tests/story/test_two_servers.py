"""Two servers on one PostgreSQL and one Redis: one order of events, wherever somebody is."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import migrated_database
from tests.support.clients import Client
from tests.support.people import Person, Town
from tests.support.server import Server, running


@pytest.fixture
def servers(postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    url = migrated_database(postgres_url, tmp_path)
    wire = {"ROOMCAST_REDIS_URL": redis_url, "ROOMCAST_HEADS_INTERVAL": "60"}
    with running(tmp_path / "a", url, **wire) as a, running(tmp_path / "b", url, **wire) as b:
        yield a, b


async def test_a_change_on_one_server_is_heard_on_the_other(
    servers: tuple[Server, Server],
) -> None:
    here, there = servers
    async with Town(here.url) as town, Town(there.url) as far:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        away = far.visitor(jane)
        clients: list[Client] = [await away.on_plain(), await away.on_node(), await jane.on_plain()]
        for client in clients:
            await client.subscribe(project["id"])

        async def write(who: Person, count: int) -> None:
            for number in range(count):
                await who.post(f"projects/{project['id']}/milestones/", {"title": f"M{number}"})

        await asyncio.gather(write(ada, 25), write(away, 25), write(ada, 25))

        for client in clients:
            seqs = [(await client.hears("milestone_changed"))["seq"] for _ in range(75)]
            assert seqs == list(range(2, 77))

        await ada.delete(f"projects/{project['id']}/members/{jane.id}/")
        for client in clients:
            frame = await client.hears("team_member_changed", room=f"project_{project['id']}")
            assert frame["seq"] == 77
        await ada.post(f"projects/{project['id']}/milestones/", {"title": "secret"})
        for client in clients:
            await client.hears_nothing(type="milestone_changed")
