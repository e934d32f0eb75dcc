"""Every limit says no with a code, costs nobody else anything, and gives its places back."""

import asyncio
import json
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.conftest import NewDatabase
from tests.support.clients import Client
from tests.support.people import Town
from tests.support.refused import refused_on_node, refused_on_plain, too_fast
from tests.support.server import running
from tests.support.wire import Polling, Wire, becomes, census, figure, own_server, tells

OVERSIZED = "roomcast_messages_over_advised_size_total"


async def test_a_full_server_takes_nobody_until_somebody_leaves(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_CONNECTIONS="2") as town:
        ada, jane, bob = await town.people("ada", "jane", "bob")
        clients: list[Client] = [await ada.on_python(), await jane.on_plain()]
        for leaving in clients:
            assert await refused_on_plain(bob) == (503, "server_full")
            assert await refused_on_node(bob) == "server_full"
            await leaving.leave()
            await becomes(lambda: figure(town, "roomcast_connections"), 1.0)
            await bob.on_plain()
        assert await refused_on_node(ada) == "server_full"


async def test_connections_without_a_user_are_bounded_too(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_CONNECTIONS="2") as town:
        silent = [await Wire.open(town.url) for _ in range(4)]
        with pytest.raises(InvalidStatus):
            await Wire.open(town.url)
        await silent.pop().leave()
        ada = await town.person("ada")
        await ada.on_python("websocket")
        for wire in silent:
            await wire.leave()


async def test_a_user_has_so_many_connections_and_others_have_theirs(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_CONNECTIONS_PER_USER="2") as town:
        ada, jane = await town.people("ada", "jane")
        for leaving in (await ada.on_plain(), await ada.on_node()):
            if len(ada.clients) == 2:
                assert await refused_on_plain(ada) == (429, "too_many_connections")
            assert await refused_on_node(ada) == "too_many_connections"
            await jane.on_plain()
            await leaving.leave()
            await becomes(
                lambda: figure(town, "roomcast_connections"), float(len(jane.clients) + 1)
            )
            await ada.on_python()


async def test_a_project_is_watched_by_so_many_connections(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_CONNECTIONS_PER_PROJECT="2") as town:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        first, second = await ada.on_plain(), await jane.on_python()
        late: list[Client] = [await ada.on_plain(), await jane.on_node()]
        await first.subscribe(project["id"])
        await second.subscribe(project["id"])

        for client in late:
            full = await client.ask("subscribe_project", project_id=project["id"])
            assert full["error"]["code"] == "project_full"
            await client.say("subscribe_project", project_id=project["id"])
            assert (await client.hears("error"))["code"] == "project_full"
        await first.subscribe(project["id"])  # who is in, stays in

        await first.say("unsubscribe_project", project_id=project["id"])
        await second.leave()
        await becomes(lambda: figure(town, "roomcast_connections"), 3.0)
        for client in late:
            await client.subscribe(project["id"])
            await tells(ada, project["id"], 1)
            await client.hears("room_head")


async def test_a_rush_fills_a_project_to_the_last_place(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    settings = {"ROOMCAST_MAX_CONNECTIONS_PER_PROJECT": "3"}
    with running(tmp_path, new_database(), **settings) as server:
        async with Town(server.url) as town:
            ada, mallory = await town.people("ada", "mallory")
            project = await town.project(ada)
            clients = [await ada.on_plain() for _ in range(8)]
            strangers = [await mallory.on_plain() for _ in range(8)]
            answers = await asyncio.gather(
                *(
                    client.ask("subscribe_project", project_id=project["id"])
                    for client in [*strangers, *clients]
                )
            )
            assert sum(answer["ok"] for answer in answers) == 3


async def test_who_sends_too_fast_is_told_when_to_go_on(tmp_path: Path) -> None:
    settings = {"ROOMCAST_MESSAGES_PER_SECOND": "1", "ROOMCAST_MESSAGE_BURST": "3"}
    async with own_server(tmp_path, **settings) as town:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        plain, python, other = await ada.on_plain(), await ada.on_python(), await jane.on_plain()
        for _ in range(3):
            await plain.subscribe(project["id"])

        # The limit is the user's, on whichever connection, and nobody else's.
        for client in (plain, python):
            too_fast(await client.ask("subscribe_project", project_id=project["id"]))
            await client.say("subscribe_project", project_id=project["id"])
            too_fast({"error": await client.hears("error")})
        await plain.socket.send("junk")
        too_fast({"error": await plain.hears("error")})
        await other.subscribe(project["id"])

        refused = await python.ask("subscribe_project", project_id=project["id"])
        await asyncio.sleep(refused["error"]["retry_after"] + 0.1)
        await python.subscribe(project["id"])
        await tells(jane, project["id"], 1)
        for client in (plain, python, other):
            await client.hears("room_head")


@pytest.mark.parametrize("padding", ["x" * 200, "€" * 70], ids=["characters", "bytes"])
async def test_messages_over_the_advised_size_are_counted(tmp_path: Path, padding: str) -> None:
    async with own_server(tmp_path, ROOMCAST_ADVISED_MESSAGE_BYTES="200") as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        plain, wire = await ada.on_plain(), await Wire.connect(town.url, ada.access)
        await plain.subscribe(project["id"])
        assert await figure(town, OVERSIZED) == 0

        body = {"type": "refresh_token", "token": padding}
        await plain.socket.send(json.dumps(body, ensure_ascii=False))
        assert (await plain.hears("error"))["code"] == "token_invalid"
        assert await figure(town, OVERSIZED) == 1

        await wire.writes(
            f"42{json.dumps(['refresh_token', {'token': padding}], ensure_ascii=False)}"
        )
        assert "token_invalid" in await wire.reads()
        assert await figure(town, OVERSIZED) == 2
        await wire.leave()


async def test_a_message_over_the_size_closes_the_connection(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_MESSAGE_BYTES="2048") as town:
        ada = await town.person("ada")
        plain, wire = await ada.on_plain(), await Wire.connect(town.url, ada.access)
        polling = await Polling.connect(town, ada.access)

        assert (await plain.ask("x" * 1900))["error"]["code"] == "unknown_type"
        assert (await wire.asks("x" * 1900))["error"]["code"] == "unknown_type"
        assert (await polling.post(f'42["{"x" * 1900}"]')).is_success
        assert "unknown_type" in (await polling.get()).text
        assert await census(town) == (3.0, 1.0)

        await plain.socket.send("x" * 2100)
        assert (await plain.is_closed()).startswith("1009")
        await wire.writes(f'42["{"x" * 2100}"]')
        await wire.is_cut(1)
        assert wire.socket.close_code == 1009
        assert (await polling.post(f'42["{"x" * 2100}"]')).status_code in (400, 413)
        assert (await polling.get()).status_code == 400
        await becomes(lambda: census(town), (0.0, 0.0))
