"""A cursor opens no door: what one may not see is refused alike, and so is what cannot be read."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from socketio.exceptions import ConnectionError as ConnectionRefused
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus

from tests.support.clients import Client, NodeClient, PlainClient, PythonClient
from tests.support.doors import Connect, on_each_door
from tests.support.people import Person, Town
from tests.support.server import Server
from tests.support.wire import (
    Wire,
    becomes,
    cursors,
    own_server,
    refusals,
    settled_census,
    tells,
)

UNREADABLE: dict[str, tuple[Any, str]] = {
    "a number": (7, "invalid_field"),
    "a boolean": (True, "invalid_field"),
    "an array": ([["project_1", 7]], "invalid_field"),
    "an array without anything": ([], "invalid_field"),
    "a seq in words": ({"project_1": "7"}, "invalid_field"),
    "a fraction": ({"project_1": 1.5}, "invalid_field"),
    "a boolean seq": ({"project_1": True}, "invalid_field"),
    "no seq": ({"project_1": None}, "invalid_field"),
    "a seq below zero": ({"project_1": -1}, "invalid_field"),
    "a seq beyond 53 bits": ({"project_1": 2**53}, "invalid_field"),
    "a seq beyond 64 bits": ({"project_1": 10**30}, "invalid_field"),
    "one good and one bad": ({"project_1": 1, "project_2": {}}, "invalid_field"),
    "a long name": ({"x" * 65: 1}, "invalid_field"),
    "too many rooms": ({f"project_{number}": 1 for number in range(201)}, "invalid_field"),
}
UNREADABLE_TEXT = {
    "words": ("hello", "malformed_json"),
    "nothing": ("", "malformed_json"),
    "half a character": (r'{"\ud800": 1}', "malformed_json"),
    "half an object": ('{"project_1": 1', "malformed_json"),
    "not a number": ('{"project_1": NaN}', "malformed_json"),
    "null": ("null", "invalid_field"),
}


async def refused_on_plain(person: Person, text: str) -> str:
    """How the plain door says no to this `?resume=`: the code."""
    address = person._url.replace("http", "ws", 1) + "/ws/notifications/"
    with pytest.raises(InvalidStatus) as refused:
        await open_websocket(f"{address}?token={person.access}&resume={quote(text)}")
    response = refused.value.response
    problem = json.loads(response.body or b"{}")
    assert response.status_code == problem["status"] == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"].startswith("resume")
    code: str = problem["code"]
    return code


async def refused_on_node(person: Person, resume: Any) -> str:
    node = await NodeClient.open(person._url, auth={"token": person.access, "resume": resume})
    person.clients.append(node)
    outcome = await node.outcome()
    assert outcome["happened"] == "connect_error"
    assert outcome["message"] == outcome["data"]["code"]
    assert outcome["data"]["message"].startswith("resume")
    code: str = outcome["data"]["code"]
    return code


@pytest.mark.parametrize(("resume", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_is_refused_and_takes_no_place(
    town: Town, server: Server, resume: Any, code: str
) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    before = await settled_census(town)
    told = len(refusals(server))

    assert await refused_on_plain(ada, json.dumps(resume)) == code
    assert await refused_on_node(ada, resume) == code
    with pytest.raises(ConnectionRefused):
        await PythonClient.connect(town.url, ada.access, ("websocket",), resume)
    assert refusals(server)[told:] == [code] * 3
    await becomes(lambda: settled_census(town), before)

    # The frame says the same, and leaves the connection as it was.
    clients: list[Client] = [await ada.on_plain(), await ada.on_python("websocket")]
    for client in clients:
        answer = await client.ask("resume", rooms=resume)
        await client.say("resume", rooms=resume)
        error = await client.hears("error")
        assert answer == {"ok": False, "error": {k: error[k] for k in ("code", "message")}}
        assert error["code"] == code
        assert error["message"].startswith("rooms")
        await client.subscribe(project["id"])


@pytest.mark.parametrize(("text", "code"), UNREADABLE_TEXT.values(), ids=UNREADABLE_TEXT.keys())
async def test_text_that_is_no_json_object_is_refused(town: Town, text: str, code: str) -> None:
    ada = await town.person("ada")
    assert await refused_on_plain(ada, text) == code
    assert await refused_on_node(ada, text) == code


async def test_a_bad_token_is_what_counts_before_a_bad_resume(town: Town) -> None:
    ada = await town.person("ada")
    ada.access = "garbage"
    with pytest.raises(InvalidStatus) as refused:
        await PlainClient.connect(town.url, ada.access, {"project_1": -1})
    assert refused.value.response.status_code == 403


@on_each_door
async def test_what_may_not_be_seen_and_what_there_is_not_answer_alike(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    foreign, left, deleted, ours = [
        await town.project(ada),
        await town.project(ada, jane),
        await town.project(ada, jane),
        await town.project(ada, jane),
    ]
    for project in (foreign, left, deleted):
        await tells(ada, project["id"], 3)
    await ada.delete(f"projects/{left['id']}/members/{jane.id}/")
    await ada.delete(f"projects/{deleted['id']}/")
    rooms = [
        *(f"project_{project['id']}" for project in (foreign, left, deleted)),
        *(f"user_{ada.id}", "user_0", "user_2147483647", f"user_{2**31}", "user_me", "user_"),
        *("kitchen", "", "\x00", "project_", "project_x", "project_0", "project_-1"),
        *(f"project_0{ours['id']}", f"project_{ours['id']}.0", f"PROJECT_{ours['id']}"),
        *("project_2147483647", f"project_{2**31}", f"project_{10**10}", f"project_{10**30}"),
        "project_" + "".join(chr(0x660 + int(digit)) for digit in str(ours["id"])),
    ]
    seen = {room: 2 + place for place, room in enumerate(rooms)}
    seen[f"project_{ours['id']}"] = 1

    client = await connect(jane, seen)

    await ada.patch(f"projects/{ours['id']}/", {"health": "at_risk"})
    await client.hears("project_updated", room=f"project_{ours['id']}", seq=2)
    told = [frame for frame in client.frames if frame["room"] in rooms]
    assert told == [
        {"type": "resync", "room": room, "reason": "forbidden", "seq": seen[room]} for room in rooms
    ]
    client.frames.clear()
    await tells(ada, foreign["id"], 1)
    await tells(ada, left["id"], 1)
    await ada.post(f"projects/{deleted['id']}/restore/")
    await ada.patch("me/", {"first_name": "Augusta"})
    await client.hears("project_updated", room=f"user_{jane.id}", action="restored")
    assert not [frame for frame in client.frames if frame["room"] in rooms]


async def test_a_full_project_is_an_error_and_the_others_are_entered(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_MAX_CONNECTIONS_PER_PROJECT="1") as town:
        ada, jane = await town.people("ada", "jane")
        full, other = await town.project(ada, jane), await town.project(ada, jane)
        await (await ada.on_plain()).subscribe(full["id"])
        clients = [await jane.on_plain(), await jane.on_node()]
        for client in clients:
            rooms = {f"project_{full['id']}": 1, f"project_{other['id']}": 1}
            assert (await client.ask("resume", rooms=rooms))["ok"]
            error = await client.hears("error", code="project_full")
            assert error["room"] == f"project_{full['id']}"
            await tells(ada, full["id"], 1)
            await tells(ada, other["id"], 1)
            await client.hears("room_head", room=f"project_{other['id']}")
            await client.hears_nothing(0.2, room=f"project_{full['id']}", type="room_head")
            await client.leave()


async def test_a_login_that_ended_resumes_nothing(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    await tells(ada, project["id"], 3)
    seen = {f"user_{jane.id}": 0, f"project_{project['id']}": 1}
    await jane.post("auth/logout/", {"refresh": jane.refresh})
    with pytest.raises(InvalidStatus) as refused:
        await jane.on_plain(seen)
    assert json.loads(refused.value.response.body or b"{}")["code"] == "session_ended"
    node = await NodeClient.open(town.url, auth={"token": jane.access, "resume": seen})
    jane.clients.append(node)
    assert (await node.outcome())["message"] == "session_ended"
    assert not node.frames


@on_each_door
async def test_a_login_that_ends_while_it_resumes_hears_no_more(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    room = f"project_{project['id']}"
    seen = {f"user_{jane.id}": 0, room: 0}
    client = await connect(jane, seen)

    async def resume() -> None:
        while client.closed is None:
            await client.say("resume", rooms=seen)
            await asyncio.sleep(0.05)

    async def log_out() -> None:
        await asyncio.sleep(0.3)
        await jane.post("auth/logout/", {"refresh": jane.refresh})
        await client.is_closed()

    resuming = asyncio.create_task(resume())
    await log_out()
    await asyncio.gather(resuming, return_exceptions=True)
    assert (await client.hears("error"))["code"] in ("logged_out", "session_ended")
    heard = len(cursors(client, room))
    await tells(ada, project["id"], 1)
    await asyncio.sleep(0.3)
    assert len(cursors(client, room)) == heard


async def test_half_a_character_from_the_wire_is_refused(town: Town) -> None:
    ada = await town.person("ada")
    wire = await Wire.open(town.url)
    await wire.writes(rf'40{{"token":"{ada.access}","resume":{{"\ud800":1}}}}')
    assert (await wire.reads()).startswith('44{"message":"invalid_field"')
    await wire.leave()
