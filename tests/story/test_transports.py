"""Whatever carries the frames, they arrive in order, each once, and only where they are wanted."""

import asyncio
import json
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.clients import PATIENCE, Client, NodeClient
from tests.support.people import Person, Town
from tests.support.wire import ENGINE, Polling, hears_run, tells

KINDS = ("plain", "python by polling", "python by websocket", "node by polling", "node")


async def connected(person: Person, kind: str) -> Client:
    match kind:
        case "plain":
            return await person.on_plain()
        case "python by polling":
            return await person.on_python("polling")
        case "python by websocket":
            return await person.on_python("websocket")
        case "node by polling":
            return await person.on_node(transports=["polling"])
        case _:
            return await person.on_node(transports=["websocket"])


@pytest.mark.parametrize("kind", KINDS)
async def test_events_and_acknowledgements_arrive_in_order(town: Town, kind: str) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    client = await connected(jane, kind)
    answer = await client.subscribe(project["id"])
    assert answer == {"ok": True, "room": f"project_{project['id']}", "seq": 1}
    for burst in range(1, 4):
        await tells(ada, project["id"], 10)
        again = await client.subscribe(project["id"])
        assert again["seq"] == 1 + 10 * burst
        await hears_run(client, f"project_{project['id']}", range(2, 2 + 10 * burst))
    await client.hears_nothing(type="error")


async def test_a_poll_brings_the_acknowledgement_before_what_was_missed(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    await tells(ada, project["id"], 5)
    session = await Polling.connect(town, ada.access)
    request = ["subscribe_project", {"project_id": project["id"], "since": 0}]
    await session.post(f"427{json.dumps(request)}\x1e428{json.dumps(request)}")

    packets: list[str] = []
    while sum('"room_head"' in packet for packet in packets) < 10:
        packets += (await session.get()).text.split("\x1e")

    heads = [packet for packet in packets if "notification_received" not in packet]
    kinds = [packet[: packet.index("[")] for packet in heads]
    assert kinds == ["437", *["42"] * 6, "438", *["42"] * 6]
    seqs = [json.loads(packet[2:])[1]["seq"] for packet in heads if packet.startswith("42")]
    assert seqs == [1, 2, 3, 4, 5, 6] * 2


async def test_a_client_that_leaves_is_not_kept_waiting_by_its_poll(town: Town) -> None:
    ada = await town.person("ada")
    session = await Polling.connect(town, ada.access)
    waiting = asyncio.create_task(session.get())
    await asyncio.sleep(0.1)
    await session.post("41\x1e1")
    assert (await asyncio.wait_for(waiting, 1)).is_success
    assert (await session.get()).status_code == 400


async def test_the_upgrade_loses_and_repeats_nothing(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    upgraded, written = asyncio.Event(), 0

    async def write() -> None:
        nonlocal written
        while not upgraded.is_set():
            await tells(ada, project["id"], 1)
            written += 1

    writers = asyncio.gather(*(write() for _ in range(4)))
    nodes = [await NodeClient.open(town.url, auth={"token": jane.access}) for _ in range(3)]
    jane.clients += nodes
    for node in nodes:
        await node.say("subscribe_project", project_id=project["id"], since=0)
    for node in nodes:
        await upgrades(node)
    upgraded.set()
    await writers
    for node in nodes:
        await hears_run(node, f"project_{project['id']}", range(1, written + 2))


async def upgrades(node: NodeClient) -> None:
    """The client connects by polling and changes to a WebSocket."""
    happened: dict[str, str] = {}
    while happened.keys() != {"connect", "upgrade"}:
        what = await asyncio.wait_for(node.happened.get(), PATIENCE)
        happened[what["happened"]] = what["transport"]
    assert happened["upgrade"] == "websocket"


@pytest.mark.parametrize("kind", KINDS)
async def test_success_is_silent(town: Town, kind: str) -> None:
    ada, jane = await town.people("ada", "jane")
    client = await connected(jane, kind)
    project = await town.project(ada, jane)
    await client.hears("project_updated", room=f"user_{jane.id}")
    await client.hears("notification_received", room=f"user_{jane.id}")

    await client.say("subscribe_project", project_id=project["id"])
    await client.hears_nothing()
    await tells(ada, project["id"], 1)
    assert (await client.hears("room_head"))["seq"] == 2
    assert (await client.hears("notification_received"))["seq"] == 2

    await client.say("unsubscribe_project", project_id=project["id"])
    await client.hears_nothing(0.2)
    await tells(ada, project["id"], 1)
    await client.hears_nothing()


@pytest.mark.parametrize("kind", KINDS)
async def test_subscribing_twice_is_harmless(town: Town, kind: str) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    client = await connected(jane, kind)
    for _ in range(2):
        await client.say("subscribe_project", project_id=project["id"])
        await client.subscribe(project["id"])
    await tells(ada, project["id"], 3)
    await client.hears("notification_received", seq=4)
    await hears_run(client, f"project_{project['id']}", range(2, 5))
    told = [f["seq"] for f in client.frames if f.get("event_type") == "build_finished"]
    assert told == [2, 3]

    # One goodbye is enough, and a second is harmless.
    for _ in range(2):
        assert await client.ask("unsubscribe_project", project_id=project["id"]) == {"ok": True}
    client.frames.clear()
    await tells(ada, project["id"], 1)
    await client.hears_nothing()


async def test_both_tabs_of_one_person_hear_it(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    room = f"project_{project['id']}"
    tabs: list[Client] = [await jane.on_node(), await jane.on_node(), await jane.on_plain()]
    other = await jane.on_plain()
    for tab in tabs:
        await tab.subscribe(project["id"])
    await tells(ada, project["id"], 1)
    for tab in tabs:
        assert (await tab.hears("room_head"))["seq"] == 2
        assert (await tab.hears("notification_received", room=room))["seq"] == 2
        await tab.hears_nothing(0.1, room=room)
    await other.hears_nothing(0.1, room=room)


async def test_a_session_is_upgraded_once(town: Town) -> None:
    ada = await town.person("ada")
    session = await Polling.connect(town, ada.access)
    address = f"{town.url.replace('http', 'ws', 1)}{ENGINE}websocket&sid={session.sid}"
    async with connect(address) as first, connect(address) as second:
        await first.send("2probe")
        assert await first.recv() == "3probe"
        with suppress(ConnectionClosed):
            await second.send("2probe")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(second.recv(), PATIENCE)
        await first.send("5")
        await first.send('427["unsubscribe_project",{"project_id":1}]')
        heard = ""
        while not heard.startswith("437"):
            heard = str(await asyncio.wait_for(first.recv(), PATIENCE))
        assert json.loads(heard[3:]) == [{"ok": True}]
