"""A frame that makes no sense gets a coded answer and one line in the log; its sender stays."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.clients import Client, Frame, PlainClient, PythonClient
from tests.support.people import JSON, Person, Town
from tests.support.server import Server
from tests.support.wire import Wire, refusals

UNKNOWN_PROJECT = 2**31 - 1
TWO_MEGABYTES = "x" * 2 * 1024 * 1024

SUBSCRIBE: JSON = {"type": "subscribe_project", "project_id": 1}
SENSELESS: dict[str, tuple[JSON, str]] = {
    "unknown type": ({"type": "subscribe"}, "unknown_type"),
    "empty type": ({"type": ""}, "unknown_type"),
    "missing field": ({"type": "subscribe_project"}, "invalid_field"),
    "another missing field": ({"type": "refresh_token"}, "invalid_field"),
    "string for a number": (SUBSCRIBE | {"project_id": "1"}, "invalid_field"),
    "fraction": (SUBSCRIBE | {"project_id": 1.5}, "invalid_field"),
    "boolean": (SUBSCRIBE | {"project_id": True}, "invalid_field"),
    "null": (SUBSCRIBE | {"project_id": None}, "invalid_field"),
    "array": (SUBSCRIBE | {"project_id": [1]}, "invalid_field"),
    "zero": (SUBSCRIBE | {"project_id": 0}, "invalid_field"),
    "beyond 32 bits": (SUBSCRIBE | {"project_id": 2**31}, "invalid_field"),
    "beyond 64 bits": (SUBSCRIBE | {"project_id": 10**30}, "invalid_field"),
    "negative since": (SUBSCRIBE | {"since": -1}, "invalid_field"),
    "since beyond 53 bits": (SUBSCRIBE | {"since": 2**53}, "invalid_field"),
    "token that is no string": ({"type": "refresh_token", "token": 7}, "invalid_field"),
    "extra field": (SUBSCRIBE | {"colour": "red"}, "unknown_field"),
    "unknown project": (SUBSCRIBE | {"project_id": UNKNOWN_PROJECT}, "project_not_found"),
}
UNREADABLE: dict[str, tuple[str, str]] = {
    "nothing": ("", "malformed_json"),
    "words": ("hello", "malformed_json"),
    "half an object": ('{"type": "subscribe_project"', "malformed_json"),
    "not a number": ('{"type": "subscribe_project", "project_id": NaN}', "malformed_json"),
    "deeply nested": ("[" * 100_000, "malformed_json"),
    "an array": ("[]", "not_an_object"),
    "a string": ('"subscribe_project"', "not_an_object"),
    "null": ("null", "not_an_object"),
    "no type": ('{"project_id": 1}', "unknown_type"),
    "type that is no string": ('{"type": 7}', "unknown_type"),
    "fractional request_id": ('{"type": "x", "request_id": 1.5}', "invalid_field"),
    "boolean request_id": ('{"type": "x", "request_id": true}', "invalid_field"),
    "object as request_id": ('{"type": "x", "request_id": {}}', "invalid_field"),
    "long request_id": (json.dumps({"type": "x", "request_id": "x" * 129}), "invalid_field"),
}


Refused = Callable[[], list[str]]


@pytest.fixture
async def ada(town: Town) -> Person:
    return await town.person("ada")


@pytest.fixture
async def ours(town: Town, ada: Person) -> int:
    project: int = (await town.project(ada))["id"]
    return project


@pytest.fixture
async def plain(ada: Person) -> PlainClient:
    return await ada.on_plain()


@pytest.fixture
async def python(ada: Person) -> PythonClient:
    return await ada.on_python("websocket")


@pytest.fixture
def refused(server: Server) -> Refused:
    """The codes that the server's log gained since the test began."""
    before = len(refusals(server))

    def new() -> list[str]:
        assert "Traceback" not in server.log.read_text()
        return refusals(server)[before:]

    return new


async def hears_no(client: Client, code: str) -> None:
    frame = await client.hears("error")
    assert frame.keys() == {"type", "code", "message"}
    says_why(frame, code)


def is_no(answer: Frame, code: str) -> None:
    assert answer == {"ok": False, "error": answer["error"]}
    assert answer["error"].keys() == {"code", "message"}
    says_why(answer["error"], code)


def says_why(error: Frame, code: str) -> None:
    assert error["code"] == code
    assert error["message"]
    assert "Traceback" not in error["message"]
    assert 'File "' not in error["message"]


@pytest.mark.parametrize(("body", "code"), SENSELESS.values(), ids=SENSELESS.keys())
async def test_both_doors_say_no_with_and_without_an_acknowledgement(
    plain: PlainClient,
    python: PythonClient,
    ours: int,
    refused: Refused,
    body: JSON,
    code: str,
) -> None:
    fields = {name: value for name, value in body.items() if name != "type"}
    for client in (plain, python):
        await client.say(body["type"], **fields)
        await hears_no(client, code)
        is_no(await client.ask(body["type"], **fields), code)
        await client.subscribe(ours)
    assert refused() == [code] * 4


@pytest.mark.parametrize(("text", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_a_plain_frame_that_cannot_be_read_gets_an_error_frame(
    plain: PlainClient, ours: int, refused: Refused, text: str, code: str
) -> None:
    await plain.socket.send(text)
    await hears_no(plain, code)
    await plain.subscribe(ours)
    assert refused() == [code]


async def test_a_plain_binary_frame_gets_an_error_frame(
    plain: PlainClient, ours: int, refused: Refused
) -> None:
    await plain.socket.send(json.dumps(SUBSCRIBE).encode())
    await hears_no(plain, "binary_unsupported")
    await plain.subscribe(ours)
    assert refused() == ["binary_unsupported"]


async def test_a_foreign_project_answers_like_an_unknown_one(
    town: Town, plain: PlainClient, python: PythonClient
) -> None:
    theirs = (await town.project(await town.person("mallory")))["id"]
    for client in (plain, python):
        foreign = await client.ask("subscribe_project", project_id=theirs)
        unknown = await client.ask("subscribe_project", project_id=UNKNOWN_PROJECT)
        is_no(foreign, "project_not_found")
        told = json.dumps(foreign).replace(str(theirs), str(UNKNOWN_PROJECT))
        assert json.loads(told) == unknown


ARGUMENTS: dict[str, tuple[Any, str]] = {
    "none": (None, "invalid_field"),
    "two": ((SUBSCRIBE, SUBSCRIBE), "invalid_arguments"),
    "a string": ("1", "not_an_object"),
    "a number": (1, "not_an_object"),
    "an array": ([SUBSCRIBE], "not_an_object"),
    "bytes": (b"\x00\x01", "not_an_object"),
    "bytes inside": ({"project_id": b"\x01"}, "invalid_field"),
    "another type inside": ({**SUBSCRIBE, "type": "refresh_token"}, "unknown_field"),
    "bytes beside": ((SUBSCRIBE, b"\x00"), "invalid_arguments"),
}


@pytest.mark.parametrize(("arguments", "code"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
async def test_a_socketio_event_carries_one_object(
    python: PythonClient, ours: int, refused: Refused, arguments: Any, code: str
) -> None:
    await python.socket.emit("subscribe_project", arguments)
    await hears_no(python, code)
    is_no(await python.socket.call("subscribe_project", arguments, timeout=5), code)
    await python.subscribe(ours)
    assert refused() == [code] * 2


async def test_npms_client_is_told_the_same(ada: Person, ours: int, refused: Refused) -> None:
    node = await ada.on_node()
    await node._command({"emit": ["subscribe_project"]})
    await hears_no(node, "invalid_field")
    await node._command({"emit": ["subscribe_project", SUBSCRIBE, SUBSCRIBE]})
    await hears_no(node, "invalid_arguments")
    await node._command({"emit": ["subscribe_project", "1"]})
    await hears_no(node, "not_an_object")
    is_no(await node.ask("subscribe"), "unknown_type")
    is_no(await node.ask("subscribe_project", project_id="1"), "invalid_field")
    await node.subscribe(ours)
    assert len(refused()) == 5


async def test_half_a_character_in_a_name_is_refused_like_any_other_name(
    ada: Person, ours: int, refused: Refused
) -> None:
    wire = await Wire.connect(ada._url, ada.access)
    await wire.writes(r'427["subscribe_project",{"project_id":1,"\ud800":1}]')
    assert not (await wire.hears_answer())["ok"]
    await wire.writes(r'427["\ud800",{}]')
    assert (await wire.hears_answer())["error"]["code"] == "unknown_type"
    assert (await wire.asks("subscribe_project", project_id=ours))["ok"]
    await wire.leave()
    assert refused() == ["invalid_field", "unknown_type"]


async def test_two_megabytes_close_the_connection_with_1009(
    plain: PlainClient, python: PythonClient
) -> None:
    await send_too_much(plain, python)
    assert (await plain.is_closed()).startswith("1009")
    assert await python.is_closed()


async def test_two_megabytes_leave_one_line_a_door(
    plain: PlainClient, python: PythonClient, refused: Refused
) -> None:
    await send_too_much(plain, python)
    for client in (plain, python):
        await client.is_closed()
    assert len(refused()) == 2


async def test_text_that_is_no_text_closes_the_connection_with_1007(
    plain: PlainClient, refused: Refused
) -> None:
    await plain.socket.send(b"\xff", text=True)
    assert (await plain.is_closed()).startswith("1007")
    assert len(refused()) == 1


async def send_too_much(plain: PlainClient, python: PythonClient) -> None:
    with suppress(ConnectionClosed):  # the server need not read to the end
        await plain.socket.send(TWO_MEGABYTES)
    await python.socket.emit("subscribe_project", TWO_MEGABYTES)
