"""Whoever comes back says how far they had come, and is told the rest: in order, each once."""

import asyncio
import secrets
from pathlib import Path

from tests.support.clients import Client
from tests.support.doors import DOORS, Connect, on_each_door
from tests.support.people import Town
from tests.support.wire import hears_run, own_server, tells


@on_each_door
async def test_what_was_missed_comes_first_and_then_what_happens(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    room = f"project_{project['id']}"
    await tells(ada, project["id"], 5)
    client = await connect(jane)

    assert await client.subscribe(project["id"], since=2) == {"ok": True, "room": room, "seq": 6}
    await hears_run(client, room, range(3, 7))
    await tells(ada, project["id"], 2)
    await client.hears("notification_received", seq=8)
    await hears_run(client, room, range(3, 9))
    told = [f["seq"] for f in client.frames if f.get("event_type") == "build_finished"]
    assert told == [3, 4, 5, 6, 7]


@on_each_door
async def test_whoever_missed_nothing_hears_nothing(town: Town, connect: Connect) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    await tells(ada, project["id"], 3)
    client = await connect(jane)
    assert (await client.subscribe(project["id"], since=4))["seq"] == 4
    await client.hears_nothing(room=f"project_{project['id']}")
    await tells(ada, project["id"], 1)
    assert (await client.hears("room_head"))["seq"] == 5


@on_each_door
async def test_whoever_is_ahead_of_the_log_must_ask_for_everything(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    await tells(ada, project["id"], 3)
    client = await connect(jane)
    await client.subscribe(project["id"], since=5)
    room = f"project_{project['id']}"
    resync = {"type": "resync", "room": room, "reason": "log_reset", "seq": 4}
    assert await client.hears("resync") == resync
    await client.hears_nothing(room=room)
    await tells(ada, project["id"], 1)
    assert (await client.hears("room_head"))["seq"] == 5


async def test_whoever_missed_too_much_must_ask_for_everything(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_REPLAY_LIMIT="5") as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        room = f"project_{project['id']}"
        await tells(ada, project["id"], 9)
        for connect in DOORS.values():
            client = await connect(ada)
            await client.subscribe(project["id"], since=5)
            await hears_run(client, room, range(6, 11))
            await client.subscribe(project["id"], since=4)
            resync = {"type": "resync", "room": room, "reason": "too_far", "seq": 10}
            assert await client.hears("resync") == resync
            client.frames.clear()
            await client.hears_nothing(0.2)
            await client.leave()


async def test_coming_back_again_repeats_what_is_asked_for(town: Town) -> None:
    """A socket that is in the room already may resume as well: a client does, that saw a gap."""
    ada = await town.person("ada")
    project = await town.project(ada)
    room = f"project_{project['id']}"
    client = await ada.on_plain()
    await client.subscribe(project["id"])
    await tells(ada, project["id"], 3)
    await hears_run(client, room, range(2, 5))
    client.frames.clear()
    await client.subscribe(project["id"], since=2)
    await tells(ada, project["id"], 1)
    await hears_run(client, room, range(3, 6))


async def test_ten_who_come_while_somebody_writes_miss_nothing(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    clients: list[Client] = [
        *[await jane.on_plain() for _ in range(4)],
        *[await jane.on_python() for _ in range(4)],
        *[await jane.on_node() for _ in range(2)],
    ]

    async def come(client: Client) -> None:
        await asyncio.sleep(secrets.randbelow(1000) / 1000)
        await client.subscribe(project["id"], since=0)

    await asyncio.gather(tells(ada, project["id"], 150), *(come(client) for client in clients))
    for client in clients:
        await hears_run(client, f"project_{project['id']}", range(1, 152))
    await clients[0].hears_nothing(type="resync")
    for client in clients:
        await hears_run(client, f"project_{project['id']}", range(1, 152))
