"""The limits of users hold over all servers; without Redis each counts alone, and says so."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.support.clients import Client
from tests.support.people import Person, Town
from tests.support.refused import refused_on_node, refused_on_plain, too_fast
from tests.support.server import Server, running
from tests.support.services import Service, own_redis
from tests.support.wire import becomes, figure

FALLBACKS = "roomcast_limits_fallbacks"
TOO_MANY = (429, "too_many_connections")
BURST = 4
SOON = 0.5
"""Seconds in which what one server tells has come to the others."""


class Couple:
    """Two servers of one house, and Ada, who calls either."""

    def __init__(self, here: Town, there: Town, servers: tuple[Server, Server]) -> None:
        self.here = here
        self.there = there
        self.server_here, self.server_there = servers

    async def here_is_back(self) -> bool:
        """The server here counts in Redis again."""
        return "limits_with_redis_again" in self.server_here.log.read_text()

    async def ada(self) -> tuple[Person, Person]:
        ada = await self.here.person("ada")
        return ada, self.there.visitor(ada)


@pytest.fixture
def redis() -> Iterator[Service]:
    with own_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def database_url(new_postgres_database: NewDatabase) -> str:
    return new_postgres_database()


@pytest.fixture(scope="module")
async def couple(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Couple]:
    """Shared by the tests that leave it whole; no other house counts its users on this Redis."""
    with own_redis() as redis:
        folder = tmp_path_factory.mktemp("couple")
        async with two_servers(database_url, redis.url, folder) as couple:
            yield couple


@pytest.fixture
async def mortals(database_url: str, redis: Service, tmp_path: Path) -> AsyncIterator[Couple]:
    """Servers and a Redis that a test may kill."""
    async with two_servers(database_url, redis.url, tmp_path) as couple:
        yield couple


@asynccontextmanager
async def two_servers(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Couple]:
    settings = {
        "ROOMCAST_REDIS_URL": redis_url,
        "ROOMCAST_MAX_CONNECTIONS_PER_USER": "3",
        "ROOMCAST_MAX_CONNECTIONS_PER_PROJECT": "3",
        "ROOMCAST_MESSAGES_PER_SECOND": "1",
        "ROOMCAST_MESSAGE_BURST": str(BURST),
    }
    folders = [folder / "here", folder / "there"]
    for one in folders:
        one.mkdir()
    with (
        running(folders[0], database_url, **settings) as here,
        running(folders[1], database_url, **settings) as there,
    ):
        async with Town(here.url) as town, Town(there.url) as far:
            yield Couple(town, far, (here, there))


async def test_the_fourth_connection_is_refused_wherever_it_comes_in(couple: Couple) -> None:
    here, there = await couple.ada()
    clients: list[Client] = [await here.on_plain(), await there.on_node(), await there.on_plain()]
    jane = await couple.there.person("jane")
    for leaving in clients:
        assert await refused_on_plain(here) == TOO_MANY
        assert await refused_on_node(there) == "too_many_connections"
        await jane.on_plain()
        await leaving.leave()
        await asyncio.sleep(SOON)
        await (here if leaving in there.clients else there).on_plain()
    assert await refused_on_plain(there) == TOO_MANY
    assert await figure(couple.here, FALLBACKS) == await figure(couple.there, FALLBACKS) == 0


async def test_a_rush_on_two_servers_lets_three_in(couple: Couple) -> None:
    people = await couple.ada()
    came = await asyncio.gather(
        *(person.on_plain() for person in people for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in came) == 3


async def test_a_server_that_stops_gives_its_places_back_and_a_killed_one_does_not_yet(
    mortals: Couple,
) -> None:
    here, there = await mortals.ada()
    for _ in range(3):
        await there.on_plain()
    assert await refused_on_plain(here) == TOO_MANY
    mortals.server_there.stop()
    for _ in range(2):
        await here.on_plain()

    mortals.server_there.start()
    await there.on_plain()
    mortals.server_there.kill()
    # Nobody knows yet that it is dead; tests/contract/test_places.py waits for the lease to end.
    assert await refused_on_plain(here) == TOO_MANY


async def test_a_project_holds_three_wherever_they_watch_from(couple: Couple) -> None:
    ada, ben, cleo, jane = await couple.here.people("ada", "ben", "cleo", "jane")
    project = await couple.here.project(ada, ben, cleo, jane)
    ask = {"project_id": project["id"]}
    watching: list[Client] = [
        await ada.on_plain(),
        await couple.there.visitor(ben).on_plain(),
        await couple.there.visitor(cleo).on_python(),
    ]
    for client in watching:
        await client.subscribe(project["id"])
    late = await jane.on_plain()
    refused = await late.ask("subscribe_project", **ask)
    assert refused["error"]["code"] == "project_full"
    outsider = await (await couple.there.person("eve")).on_plain()
    unknown = await outsider.ask("subscribe_project", **ask)
    assert unknown["error"]["code"] == "project_not_found", "an outsider learns nothing"

    await watching[1].say("unsubscribe_project", **ask)
    await asyncio.sleep(SOON)
    await late.subscribe(project["id"])
    await late.subscribe(project["id"], since=0)  # it has its place already

    await ada.delete(f"projects/{project['id']}/")  # empties the room, on both servers
    await ada.post(f"projects/{project['id']}/restore/")
    await asyncio.sleep(SOON)
    for client in watching:
        await client.subscribe(project["id"])


async def test_messages_on_two_servers_share_one_rate(couple: Couple) -> None:
    here, there = await couple.ada()
    project = await couple.here.project(here)
    clients: list[Client] = [await here.on_plain(), await there.on_node()]
    assert await too_many_of(20, clients, project["id"]) >= 20 - BURST - 1


@pytest.mark.parametrize("outage", ["kill", "hang"])
async def test_without_redis_each_server_counts_alone_and_says_so(
    mortals: Couple, redis: Service, outage: str
) -> None:
    here, there = await mortals.ada()
    project = await mortals.here.project(here)
    await here.on_plain()
    for _ in range(2):
        await there.on_plain()
    if outage == "kill":
        redis.stop(signal.SIGKILL)
    else:
        redis.hang()

    began = time.monotonic()
    clients: list[Client] = [await here.on_plain(), await here.on_plain()]
    assert await refused_on_plain(here) == TOO_MANY
    assert await too_many_of(20, clients, project["id"]) >= 20 - BURST - 3
    assert time.monotonic() - began < 6  # twenty that asked Redis would take ten
    assert await figure(mortals.here, FALLBACKS) >= 2 + 20 - 1
    assert mortals.server_here.log.read_text().count("limits_without_redis") == 1

    if outage == "kill":
        redis.start()
    else:
        redis.wake()
    await becomes(mortals.here_is_back, True, within=5)
    await asyncio.sleep(SOON)
    assert await refused_on_plain(there) == TOO_MANY  # its third, were it alone


async def too_many_of(count: int, clients: list[Client], project_id: int) -> int:
    """How many of so many subscriptions at once are refused as too fast.

    One a second may pass, so each second that a busy machine takes is added.
    """
    began = time.monotonic()
    answers = await asyncio.gather(
        *(
            client.ask("subscribe_project", project_id=project_id)
            for client, _ in zip(cycle(clients), range(count), strict=False)
        )
    )
    refused = [answer for answer in answers if not answer["ok"]]
    for answer in refused:
        too_fast(answer)
    return len(refused) + int(time.monotonic() - began)
