"""Three servers, with and without Redis: one order, and whoever loses a right loses it everywhere.

Heads are compared as often as in production, so what Redis does not bring comes half a second late.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic

import pytest

from tests.conftest import NewDatabase
from tests.support.clients import SILENCE, Client
from tests.support.people import JSON, Person, Town
from tests.support.server import Server, running
from tests.support.services import own_redis
from tests.support.wire import cursors, hears_run

EVERYWHERE_WITHIN = 1.0
SLACK = 1.0
"""Seconds that a busy machine may take on top."""


@dataclass
class Street:
    """Three servers, and the town as each of them shows it."""

    towns: list[Town]
    servers: list[Server]

    async def at_each(self, person: Person) -> list[Person]:
        return [town.visitor(person) for town in self.towns]


@pytest.fixture(scope="module", params=["with Redis", "while Redis is away"])
def servers(
    request: pytest.FixtureRequest,
    new_postgres_database: NewDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Server]]:
    database_url, folder = new_postgres_database(), tmp_path_factory.mktemp("street")
    with own_redis() as redis, ExitStack() as stack:
        settings = {"ROOMCAST_REDIS_URL": redis.url, "ROOMCAST_HEADS_INTERVAL": "0.5"}
        started = []
        for name in ("a", "b", "c"):
            (folder / name).mkdir()
            server = running(folder / name, database_url, **settings)
            started.append(stack.enter_context(server))
        if request.param != "with Redis":
            redis.stop()
        yield started


@pytest.fixture
async def street(servers: list[Server]) -> AsyncIterator[Street]:
    async with (
        Town(servers[0].url) as first,
        Town(servers[1].url) as second,
        Town(servers[2].url) as third,
    ):
        yield Street([first, second, third], servers)


async def on_both_doors(visitors: list[Person], project: JSON) -> list[Client]:
    clients: list[Client] = []
    for visitor in visitors:
        clients += [await visitor.on_plain(), await visitor.on_python()]
    for client in clients:
        await client.subscribe(project["id"])
    return clients


async def adds_milestones(writer: Person, project: JSON, times: int) -> None:
    for number in range(times):
        await writer.post(f"projects/{project['id']}/milestones/", {"title": f"M{number}"})


async def test_writers_on_all_servers_make_one_order_everywhere(street: Street) -> None:
    ada, jane = await street.towns[0].people("ada", "jane")
    project = await street.towns[0].project(ada, jane)
    clients = await on_both_doors(await street.at_each(jane), project)
    writers = [*await street.at_each(ada), *await street.at_each(jane)]
    await asyncio.gather(*(adds_milestones(writer, project, 10) for writer in writers))
    for client in clients:
        await hears_run(client, f"project_{project['id']}", range(2, 62))
    told = [[f for f in c.frames if f["type"] == "milestone_changed"] for c in clients]
    assert all(one == told[0] for one in told)


async def test_nothing_after_a_removal_reaches_the_removed_on_any_server(street: Street) -> None:
    ada, jane = await street.towns[0].people("ada", "jane")
    project = await street.towns[0].project(ada, jane)
    room = f"project_{project['id']}"
    clients = await on_both_doors(await street.at_each(jane), project)
    witnesses = await on_both_doors(await street.at_each(ada), project)
    here, _, there = await street.at_each(ada)
    writing = asyncio.gather(*(adds_milestones(one, project, 25) for one in (here, here, there)))
    await asyncio.sleep(0.2)
    await there.delete(f"projects/{project['id']}/members/{jane.id}/")
    removed = monotonic()
    seqs = []
    for client in clients:
        frame = await client.hears("team_member_changed", room=room, action="deleted")
        seqs.append(frame["seq"])
        assert monotonic() - removed < EVERYWHERE_WITHIN + SLACK
    await writing
    await asyncio.sleep(SILENCE)
    [removal] = set(seqs)
    assert removal < 77, "others wrote on after it"
    for client in clients:
        assert cursors(client, room) == list(range(2, removal))
        assert not [f for f in client.frames if f.get("room") == room and f.get("seq", 0) > removal]
        refused = await client.ask("subscribe_project", project_id=project["id"])
        assert refused["error"]["code"] == "project_not_found"
    for witness in witnesses:
        await hears_run(witness, room, range(2, 78))


async def test_a_role_that_was_taken_is_gone_on_every_server(street: Street) -> None:
    ada, jane = await street.towns[0].people("ada", "jane")
    project = await street.towns[0].project(ada)
    team = f"projects/{project['id']}/members/"
    await ada.post(team, {"user_id": jane.id, "role": "manager"})
    visits = await street.at_each(jane)
    clients = await on_both_doors(visits, project)
    await ada.patch(f"{team}{jane.id}/", {"role": "viewer"})
    changed = monotonic()
    for visit in visits:
        refused = await visit.call("POST", f"projects/{project['id']}/milestones/", {"title": "M"})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    for client in clients:
        assert (await client.hears("team_member_changed", action="updated"))["role"] == "viewer"
        assert monotonic() - changed < EVERYWHERE_WITHIN + SLACK


@pytest.mark.parametrize("how", ["logout", "deactivation"])
async def test_a_login_that_ends_ends_on_every_server(street: Street, how: str) -> None:
    ada, jane = await street.towns[0].people("ada", "jane")
    project = await street.towns[0].project(ada, jane)
    clients = await on_both_doors(await street.at_each(jane), project)
    if how == "logout":
        await jane.post("auth/logout/", {"refresh": jane.refresh})
    else:
        street.servers[0].run("grant", ada.username, "staff")
        await ada.post(f"users/{jane.id}/deactivate/")
    ended = monotonic()
    for client in clients:
        code = (await client.hears("error"))["code"]
        assert code == ("logged_out" if how == "logout" else "account_deactivated")
        await client.is_closed()
        assert monotonic() - ended < EVERYWHERE_WITHIN + SLACK
    for visit in await street.at_each(jane):
        assert (await visit.call("GET", "me/")).status_code == 401
