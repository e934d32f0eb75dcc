"""Redis goes and comes back under two servers, and one of them goes deaf."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import NewDatabase
from tests.support.bus import comes_true
from tests.support.clients import Client
from tests.support.people import JSON, Person, Town
from tests.support.proxy import proxy_before
from tests.support.server import Server, running
from tests.support.services import own_redis
from tests.support.wire import figure as figure_of


@contextmanager
def two_servers(
    database: str, folder: Path, redis_urls: tuple[str, str], heads_interval: str
) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        pair = []
        for name, redis_url in zip("ab", redis_urls, strict=True):
            (folder / name).mkdir()
            wire = {"ROOMCAST_REDIS_URL": redis_url, "ROOMCAST_HEADS_INTERVAL": heads_interval}
            pair.append(stack.enter_context(running(folder / name, database, **wire)))
        yield pair[0], pair[1]


@asynccontextmanager
async def apart(here: Server, there: Server) -> AsyncIterator[tuple[Person, Client, JSON]]:
    """Ada, who writes on one server; Jane's client on the other; their project."""
    async with Town(here.url) as town, Town(there.url) as far:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        client = await far.visitor(jane).on_plain()
        await client.subscribe(project["id"])
        yield ada, client, project


async def hears_soon(client: Client, project: JSON, seq: int) -> None:
    """Half a second, and what a busy machine adds to it."""
    async with asyncio.timeout(3):
        await hears_next(client, project, seq)


async def hears_next(client: Client, project: JSON, seq: int) -> None:
    frame = await client.hears("project_updated", room=f"project_{project['id']}")
    assert frame["seq"] == seq


async def readyz(server: Server) -> tuple[int, Any]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{server.url}/readyz")
    body = answer.json()
    return answer.status_code, body.get("bus") or body.get("code")


async def figure(server: Server, name: str) -> float:
    async with Town(server.url) as town:
        return await figure_of(town, name)


async def answers(server: Server, *expected: object) -> None:
    async def does() -> bool:
        return await readyz(server) == expected

    await comes_true(does)


async def test_while_redis_is_away_a_change_takes_half_a_second(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    with own_redis() as redis:
        url = redis.url
        with two_servers(new_postgres_database(), tmp_path, (url, url), "0.5") as servers:
            async with apart(*servers) as (ada, client, project):
                for server in servers:
                    await answers(server, 200, "up")
                redis.stop()
                for server in servers:
                    await answers(server, 200, "away")
                    assert await figure(server, "roomcast_bus_up") == 0
                for seq in range(2, 6):
                    await ada.patch(f"projects/{project['id']}/", {"title": f"Title {seq}"})
                    await hears_soon(client, project, seq)
                assert await figure(servers[0], "roomcast_bus_publish_failures") >= 4
                assert await figure(servers[1], "roomcast_bus_publish_failures") == 0
                redis.start()
                for server in servers:
                    await answers(server, 200, "up")
                    assert await figure(server, "roomcast_bus_up") == 1


async def test_when_redis_is_back_rooms_are_caught_up_and_hints_flow(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    """Heads are compared once a minute only, so whatever arrives has come another way."""
    with own_redis() as redis:
        url = redis.url
        with two_servers(new_postgres_database(), tmp_path, (url, url), "60") as servers:
            async with apart(*servers) as (ada, client, project):
                await answers(servers[1], 200, "up")
                redis.stop()
                for seq in range(2, 5):
                    await ada.patch(f"projects/{project['id']}/", {"title": f"Title {seq}"})
                await client.hears_nothing(room=f"project_{project['id']}")
                redis.start()
                for seq in range(2, 5):
                    await hears_next(client, project, seq)
                await answers(servers[1], 200, "up")
                for seq in range(5, 8):
                    await ada.patch(f"projects/{project['id']}/", {"title": f"Title {seq}"})
                    await hears_soon(client, project, seq)


async def test_a_deaf_server_asks_to_be_left_alone_and_misses_nothing(
    new_postgres_database: NewDatabase, redis_url: str, tmp_path: Path
) -> None:
    async with proxy_before(redis_url) as proxy:
        with two_servers(
            new_postgres_database(), tmp_path, (redis_url, proxy.url), "0.5"
        ) as servers:
            async with apart(*servers) as (ada, client, project):
                hearing, deaf = servers
                await answers(deaf, 200, "up")
                proxy.swallowing = True
                await answers(deaf, 503, "bus_deaf")
                assert await readyz(hearing) == (200, "up")
                assert await figure(deaf, "roomcast_bus_up") == 0
                await ada.patch(f"projects/{project['id']}/", {"title": "Unheard"})
                await hears_soon(client, project, 2)
                proxy.swallowing = False
                await answers(deaf, 200, "up")
                assert await figure(deaf, "roomcast_bus_publish_failures") == 0
