"""Who answers stays; who is silent is cut off; and nobody outlives their access token."""

import asyncio
import time
from pathlib import Path

from tests.support.clients import Client
from tests.support.people import Person, Town
from tests.support.wire import Mute, Wire, becomes, census, figure, own_server, tells

IMPATIENT = {"ROOMCAST_PING_INTERVAL": "0.5", "ROOMCAST_PING_TIMEOUT": "1"}
LIFETIME = 6


async def test_who_answers_stays(tmp_path: Path) -> None:
    async with own_server(tmp_path, **IMPATIENT) as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        clients: list[Client] = [
            await ada.on_plain(),
            await ada.on_python(),
            await ada.on_python("polling"),
            await ada.on_node(),
            await ada.on_node(transports=["polling"]),
        ]
        for client in clients:
            await client.subscribe(project["id"])
        await asyncio.sleep(3)
        await tells(ada, project["id"], 1)
        for client in clients:
            assert (await client.hears("room_head"))["seq"] == 2
            assert client.closed is None


async def test_a_plain_client_that_answers_no_ping_is_cut_off(tmp_path: Path) -> None:
    async with own_server(tmp_path, **IMPATIENT) as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        mute = await Mute.connect(town.url, ada.access)
        await mute.says({"type": "subscribe_project", "project_id": project["id"]})
        await becomes(lambda: census(town), (1.0, 2.0))

        began = time.monotonic()
        await mute.is_cut(2.5)
        assert time.monotonic() - began > 1, "it had the time to answer"
        await becomes(lambda: census(town), (0.0, 0.0))


async def test_a_socketio_client_that_answers_no_ping_is_cut_off(tmp_path: Path) -> None:
    async with own_server(tmp_path, **IMPATIENT) as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        wire = await Wire.connect(town.url, ada.access)
        assert (await wire.asks("subscribe_project", project_id=project["id"]))["ok"]
        assert await census(town) == (1.0, 2.0)
        await wire.is_cut(2.5)
        await becomes(lambda: census(town), (0.0, 0.0))


async def test_nobody_outlives_their_access_token(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_ACCESS_TOKEN_LIFETIME=str(LIFETIME)) as town:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        plain, python, node = await jane.on_plain(), await jane.on_python(), await jane.on_node()
        refreshing: list[Client] = [
            await ada.on_plain(),
            await ada.on_python(),
            await ada.on_node(),
        ]
        for client in (plain, python, node, *refreshing):
            await client.subscribe(project["id"])

        for _ in range(5):
            await asyncio.sleep(LIFETIME / 4)
            await refresh(town, ada)
            for client in refreshing:
                assert await client.ask("refresh_token", token=ada.access) == {"ok": True}

        for client in (plain, python, node):
            expired = await client.hears("error")
            assert expired["code"] == "token_expired"
            assert "auth/refresh/" in expired["message"]
        assert await plain.is_closed() == "4401 token_expired"
        assert await node.is_closed() == "io server disconnect"
        assert await python.is_closed()
        await becomes(lambda: figure(town, "roomcast_connections"), 3.0)

        await tells(ada, project["id"], 1)
        for client in refreshing:
            assert (await client.hears("room_head"))["seq"] == 2
            assert client.closed is None


async def refresh(town: Town, person: Person) -> None:
    """A new pair of tokens for the same login."""
    body = {"refresh": person.refresh}
    pair = (await town.http.post(f"{town.url}/api/v1/auth/refresh/", json=body)).json()
    person.access, person.refresh = pair["access"], pair["refresh"]


async def test_a_connection_goes_on_with_its_own_users_access_token_only(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada)
    refused = {jane.access: "other_user", "garbage": "token_invalid", ada.refresh: "token_invalid"}
    clients: list[Client] = [await ada.on_plain(), await ada.on_python(), await ada.on_node()]
    for client in clients:
        for token, code in refused.items():
            answer = await client.ask("refresh_token", token=token)
            assert (answer["ok"], answer["error"]["code"]) == (False, code)
            await client.say("refresh_token", token=token)
            assert (await client.hears("error"))["code"] == code
        assert await client.ask("refresh_token", token=ada.access) == {"ok": True}
        await client.subscribe(project["id"])
