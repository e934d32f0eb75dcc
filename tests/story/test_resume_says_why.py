"""A resume that cannot be says what to change, and what is too long for an address fits a frame."""

import json
from urllib.parse import quote

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus

from tests.support.people import Town


async def test_an_address_too_long_is_told_so_and_a_frame_takes_it(town: Town) -> None:
    ada = await town.person("ada")
    cursors = {f"project_{2_000_000_000 + number}": 2**53 - 1 for number in range(200)}
    address = ada._url.replace("http", "ws", 1) + "/ws/notifications/"
    with pytest.raises(InvalidStatus) as refused:
        await open_websocket(
            f"{address}?token={ada.access}&resume={quote(json.dumps(cursors))}", open_timeout=5
        )
    assert refused.value.response.status_code == 414
    client = await ada.on_plain()
    assert await client.ask("resume", rooms=cursors) == {"ok": True}
    for room, seq in cursors.items():
        await client.hears("resync", room=room, reason="forbidden", seq=seq)


async def test_a_room_is_named_as_it_is(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    room = f"project_{project['id']}"
    client = await ada.on_plain()
    await client.ask("resume", rooms={f" {room} ": 1, room: 0})
    assert (await client.hears("resync"))["room"] == f" {room} "
    assert (await client.hears("project_updated", room=room))["seq"] == 1


async def test_a_refusal_says_what_to_change(town: Town) -> None:
    ada = await town.person("ada")
    client = await ada.on_plain()
    for frame, said in (
        ({"rooms": []}, "rooms: send a JSON object."),
        ({"rooms": {f"project_{n}": 1 for n in range(201)}}, "rooms: name 200 rooms at most"),
        ({"rooms": {"x" * 1000: 1}}, f"rooms.{'x' * 64}.[key]: String should have at most 64"),
    ):
        error = (await client.ask("resume", **frame))["error"]
        assert error["code"] == "invalid_field"
        assert error["message"].startswith(said)
