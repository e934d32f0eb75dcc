"""A client that does not read is cut, told why, and misses nothing; the others notice nothing."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.doors import Connect, on_each_door
from tests.support.people import Person, Town
from tests.support.server import running
from tests.support.wire import ENGINE, Polling, becomes, figure, hears_run

LIMIT = 1_048_576
LARGE = "x" * 100_000
MOST = 150
"""Frames as large as that: more than the limit, and what the kernel keeps besides."""
KERNEL = 16_384
"""Bytes that the kernel keeps for a slow client's end, where it would keep megabytes."""

SlowClient = ClientConnection | Polling
ComeIn = Callable[[Town, Person, int], Awaitable[SlowClient]]


async def by_plain(town: Town, person: Person, project_id: int) -> SlowClient:
    """Its library stops reading where nobody takes what it has read."""
    address = town.url.replace("http", "ws", 1)
    url = f"{address}/ws/notifications/?token={person.access}"
    client = await connect(url, max_queue=1, sock=narrow(town))
    await client.recv()
    await client.send(json.dumps({"type": "subscribe_project", "project_id": project_id}))
    return client


async def by_socketio(town: Town, person: Person, project_id: int) -> SlowClient:
    address = town.url.replace("http", "ws", 1) + ENGINE
    client = await connect(f"{address}websocket", max_queue=1, sock=narrow(town))
    await client.send(f'40{{"token":"{person.access}"}}')
    while not str(await client.recv()).startswith('42["room_head"'):
        pass
    await client.send(f'42["subscribe_project",{{"project_id":{project_id}}}]')
    return client


async def by_polling(town: Town, person: Person, project_id: int) -> SlowClient:
    session = await Polling.connect(town, person.access)
    await session.post(f'42["subscribe_project",{{"project_id":{project_id}}}]')
    return session


def narrow(town: Town) -> socket.socket:
    """A connection to the server whose kernel buffer is small."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL)
    opened.connect(("127.0.0.1", int(town.url.rpartition(":")[2])))
    opened.setblocking(False)
    return opened


on_each_transport = pytest.mark.parametrize("come_in", [by_plain, by_socketio, by_polling])


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("slow")
    with running(folder, "", ROOMCAST_MAX_BUFFERED_BYTES=str(LIMIT)) as server:
        async with Town(server.url) as town:
            yield town


async def how_many_cut(town: Town) -> float:
    return await figure(town, "roomcast_slow_consumers_total")


async def tells_much(person: Person, project_id: int) -> None:
    await person.post(
        f"projects/{project_id}/notify/",
        {"event_type": "build_finished", "title": "Build", "data": {"log": LARGE}},
    )


async def overwhelms(town: Town, person: Person, project_id: int) -> int:
    """Tell the team more and more until somebody is cut; returns the log's head."""
    before = await how_many_cut(town)
    for told in range(1, MOST + 1):
        await tells_much(person, project_id)
        if await how_many_cut(town) > before:
            return 1 + told
    raise AssertionError(f"nobody was cut after {MOST} frames of {len(LARGE)} bytes")


@on_each_transport
async def test_who_does_not_read_is_cut_and_the_others_hear_everything(
    town: Town, come_in: ComeIn
) -> None:
    ada, bob, jane = await town.people("ada", "bob", "jane")
    project = await town.project(ada, bob, jane)
    room = f"project_{project['id']}"
    clients = [await bob.on_plain(), await bob.on_python("websocket"), await bob.on_node()]
    for client in clients:
        await client.subscribe(project["id"])
    connections = await figure(town, "roomcast_connections")
    slow = await come_in(town, jane, project["id"])

    head = await overwhelms(town, ada, project["id"])

    for client in clients:
        await hears_run(client, room, range(2, head + 1))
        assert client.closed is None

    async def connected() -> float:
        return await figure(town, "roomcast_connections")

    await becomes(connected, connections)
    if isinstance(slow, Polling):
        statuses = [(await slow.get()).status_code for _ in range(2)]
        assert statuses[-1] == 400
    else:
        slow.transport.abort()

    back = await jane.on_plain()
    answer = await back.ask("resume", rooms={room: 1})
    assert answer == {"ok": True, "reason": "slow_consumer"}
    await hears_run(back, room, range(2, head + 1))
    assert await back.ask("resume", rooms={room: head}) == {"ok": True}


@on_each_door
async def test_who_comes_back_is_told_why(town: Town, connect: Connect) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    room = f"project_{project['id']}"
    await by_polling(town, jane, project["id"])
    head = await overwhelms(town, ada, project["id"])

    client = await connect(jane, {room: 1})

    told = await client.hears("error", code="slow_consumer")
    assert told["message"].startswith("Your last connection was cut")
    await hears_run(client, room, range(2, head + 1))
    await client.hears_nothing(type="resync")
    again = await connect(jane, {room: head})
    await again.hears_nothing()


@pytest.mark.parametrize("since", [True, False])
async def test_an_answer_says_why_where_the_client_resumes(town: Town, since: bool) -> None:  # noqa: FBT001
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    await by_polling(town, jane, project["id"])
    head = await overwhelms(town, ada, project["id"])

    client = await jane.on_plain()
    answer = await client.subscribe(project["id"], **({"since": head} if since else {}))

    assert answer.get("reason") == ("slow_consumer" if since else None)


async def test_who_says_goodbye_and_does_not_read_keeps_nobody_from_stopping(
    tmp_path: Path,
) -> None:
    with running(tmp_path, "", ROOMCAST_MAX_BUFFERED_BYTES="100000000") as server:
        async with Town(server.url) as town:
            ada, jane = await town.people("ada", "jane")
            project = await town.project(ada, jane)
            slow = await by_plain(town, jane, project["id"])
            assert isinstance(slow, ClientConnection)
            for _ in range(80):
                await tells_much(ada, project["id"])
            closing = asyncio.create_task(slow.close())
            await asyncio.sleep(0.3)
            assert server.stop() == -signal.SIGTERM
            slow.transport.abort()
            await closing
