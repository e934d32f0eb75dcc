"""SIGTERM: a server says goodbye, its clients come back by themselves, and it is gone in time."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import NewDatabase
from tests.support.clients import Client, NodeClient, PlainClient
from tests.support.people import Town
from tests.support.raw_http import RawHttp
from tests.support.server import Server, ending, running
from tests.support.stuck_database import DeadWire, a_write_that_waits
from tests.support.wire import ENGINE, Mute, Polling, tells

CROWD = 40
COMES_BACK: dict[str, Any] = {
    "reconnection": True,
    "reconnectionDelay": 100,
    "reconnectionDelayMax": 200,
}
SLACK = 3.0
"""Seconds that a busy machine may take on top."""
STOPPED = -signal.SIGTERM


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, "", ROOMCAST_MAX_CONNECTIONS_PER_USER="100") as server:
        yield server


@pytest.fixture
def big_server(new_postgres_database: NewDatabase, tmp_path: Path) -> Iterator[Server]:
    """On PostgreSQL, where a row can be locked from outside; it has three seconds to stop."""
    with running(tmp_path, new_postgres_database(), ROOMCAST_SHUTDOWN_TIMEOUT="3") as server:
        yield server


async def stops(server: Server, within: float) -> int:
    """Ask it to stop, and wait beside the event loop; returns the exit code."""
    began = time.monotonic()
    code = await asyncio.to_thread(server.stop)
    assert time.monotonic() - began < within
    return code


async def test_nobody_new_is_let_in_while_the_crowd_leaves(server: Server) -> None:
    handshake = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    async with Town(server.url) as town:
        ada = await town.person("ada")
        crowd = [await ada.on_plain() for _ in range(CROWD)]
        lines = [await RawHttp.open(server) for _ in range(4)]
        assert server.process
        # Made before: to read the certificates that it trusts takes long, and the crowd is leaving.
        async with httpx.AsyncClient(headers={"Connection": "close"}) as stranger:
            server.process.terminate()
            with suppress(httpx.ConnectError):
                while (await stranger.get(f"{server.url}/healthz")).is_success:
                    pass
        assert any(client.closed is None for client in crowd), "it has only begun"

        token = f"token={ada.access}"
        for line, path, headers in zip(
            lines,
            ("/readyz", f"/ws/notifications/?{token}", f"{ENGINE}websocket", f"{ENGINE}polling"),
            ((), (*handshake, key), (*handshake, key), ()),
            strict=True,
        ):
            head, body = await line.gets(path, *headers)
            assert head[0] == "http/1.1 503 service unavailable"
            assert json.loads(body)["code"] == "draining"
            assert "retry-after: 1" in head
            assert "connection: close" in head
            line.hang_up()
        for client in crowd:
            assert await client.is_closed() == "1012"
        assert await stops(server, 1 + SLACK) == STOPPED
    assert "handshake" not in server.log.read_text()


async def test_the_crowd_leaves_by_and_by_and_in_no_order(server: Server) -> None:
    async with Town(server.url) as town:
        ada = await town.person("ada")
        crowd = [await ada.on_plain() for _ in range(CROWD)]
        left: list[tuple[float, int]] = []

        async def watch(number: int, client: PlainClient) -> None:
            assert await client.is_closed() == "1012"
            left.append((time.monotonic(), number))

        watching = [asyncio.create_task(watch(*one)) for one in enumerate(crowd)]
        assert await stops(server, 1 + SLACK) == STOPPED
        await asyncio.gather(*watching)
        moments, numbers = zip(*left, strict=True)
        assert list(numbers) != sorted(numbers)
        assert len({int(moment / 0.1) for moment in moments}) >= 4, "not in one go"


async def test_every_client_comes_back_by_itself_and_misses_nothing(server: Server) -> None:
    async with Town(server.url) as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        room = f"project_{project['id']}"
        nodes = [
            await ada.on_node(transports=["websocket"], **COMES_BACK),
            await ada.on_node(transports=["polling"], **COMES_BACK),
        ]
        pythons = [await ada.on_python("websocket"), await ada.on_python("polling")]
        for python in pythons:
            python.socket.reconnection = True
            python.socket.reconnection_delay = 0.1
            python.socket.eio.external_http = True  # else each failed attempt leaves a session open
        clients: list[Client] = [*nodes, *pythons]
        for client in clients:
            await client.subscribe(project["id"])
        await tells(ada, project["id"], 1)
        for client in clients:
            await client.hears("room_head", seq=2)

        assert await stops(server, 1 + SLACK) == STOPPED
        reasons = [await client.is_closed() for client in clients]
        assert reasons == ["transport close", *["transport error"] * 3], "and not for good"

        await asyncio.to_thread(server.start)
        for node in nodes:
            await comes_back(node)
        for python in pythons:
            async with asyncio.timeout(10):
                while not python.socket.connected:  # noqa: ASYNC110 - their library has no event
                    await asyncio.sleep(0.05)
        await tells(ada, project["id"], 1)
        for client in clients:
            await client.subscribe(project["id"], since=2)
            assert (await client.hears("room_head", room=room))["seq"] == 3
    for python in pythons:
        await python.socket.eio.http.close()


async def comes_back(node: NodeClient) -> None:
    while (await node.outcome())["happened"] != "connect":
        pass


async def test_what_was_queued_goes_out_before_the_goodbye(server: Server) -> None:
    async with Town(server.url) as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        session = await Polling.connect(town, ada.access)
        request = ["subscribe_project", {"project_id": project["id"]}]
        await session.post(f"42{json.dumps(request)}")
        await tells(ada, project["id"], 1)
        plain = await ada.on_plain()
        leaving = asyncio.create_task(stops(server, 1 + SLACK))
        assert await plain.is_closed() == "1012"
        assert '"room_head"' in (await session.get()).text
        assert await leaving == STOPPED


async def test_nobody_who_keeps_silent_holds_it_long(server: Server) -> None:
    async with Town(server.url) as town:
        ada = await town.person("ada")
        polls = await Polling.connect(town, ada.access)
        polling = asyncio.create_task(polls.get())
        await asyncio.sleep(0.1)
        assert not polling.done()
        began = time.monotonic()
        await Polling.connect(town, ada.access)
        await Polling.open(town)
        mute = await Mute.connect(town.url, ada.access)
        assert await stops(server, 2.5 + SLACK) == STOPPED
        assert time.monotonic() - began > 2, "they had the time to answer"
        assert (await polling).status_code == 400
        await mute.is_cut(1)


async def test_a_long_poll_does_not_hold_it_at_all(server: Server) -> None:
    async with Town(server.url) as town:
        ada = await town.person("ada")
        session = await Polling.connect(town, ada.access)
        polling = asyncio.create_task(session.get())
        await asyncio.sleep(0.1)
        assert await stops(server, 1 + SLACK) == STOPPED
        assert (await polling).status_code == 400


async def test_a_request_in_progress_is_finished(big_server: Server) -> None:
    async with Town(big_server.url) as town:
        ada = await town.person("ada")
        async with a_write_that_waits(big_server, ada, town) as writing:
            leaving = asyncio.create_task(stops(big_server, 3 + SLACK))
            await asyncio.sleep(0.5)
            assert not leaving.done()
        assert (await writing).status_code == 200
        assert await leaving == STOPPED


async def test_a_request_without_end_is_ended(big_server: Server) -> None:
    async with Town(big_server.url) as town:
        ada = await town.person("ada")
        async with a_write_that_waits(big_server, ada, town) as writing:
            assert await stops(big_server, 3 + SLACK) == STOPPED
            answer = await writing
            assert (answer.status_code, answer.json()["code"]) == (503, "cut_off")


async def test_the_second_ctrl_c_waits_for_nobody(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    server = Server(tmp_path, new_postgres_database())
    with ending(server):
        server.start()
        async with Town(server.url) as town:
            ada = await town.person("ada")
            async with a_write_that_waits(server, ada, town) as writing:
                assert server.process
                for _ in range(2):
                    server.process.send_signal(signal.SIGINT)
                    await asyncio.sleep(0.3)
                assert await asyncio.to_thread(server.process.wait, 2 * SLACK)  # of its ten
                assert (await writing).json()["code"] == "cut_off"


async def test_a_database_that_hangs_does_not_hold_it(
    new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    wire = DeadWire(new_postgres_database())
    async with wire.laid() as url:
        server = Server(tmp_path, url, ROOMCAST_SHUTDOWN_TIMEOUT="2")
        with ending(server):
            await asyncio.to_thread(server.start)
            async with Town(server.url) as town:
                ada = await town.person("ada")
                plain = await ada.on_plain()
                wire.goes_dead()
                writing = asyncio.create_task(ada.call("POST", "projects/", {"title": "Late"}))
                assert await stops(server, 2 + 2 + SLACK) == 1
                assert await plain.is_closed() == "1012"
                with suppress(httpx.TransportError):
                    assert (await writing).status_code == 503
            lines = [json.loads(line) for line in server.log_lines() if '"critical"' in line]
            assert [line["event"] for line in lines] == ["stop_overdue"]
