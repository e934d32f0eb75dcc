"""Whoever breaks the protocol below the frames is cut off at once, and nothing of them stays."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.clients import Client
from tests.support.people import Person, Town
from tests.support.server import Server
from tests.support.wire import Polling, Wire, becomes, census, own_server, refusals, settled_census

AT_ONCE = 1.0
ATTACHED = '{"_placeholder":true,"num":0}'
BROKEN: dict[str, tuple[str | bytes, ...]] = {
    "junk": ("junk",),
    "nothing": ("",),
    "a junk message": ("4junk",),
    "an empty message": ("4",),
    "a message that is JSON": ("4true",),
    "an unknown engine packet": ("9",),
    "a second OPEN": ("0{}",),
    "an unknown packet": ("49",),
    "half an array": ('42["subscribe_project"',),
    "an object for an array": ("42{}",),
    "no name": ("42[]",),
    "a number for a name": ("42[1]",),
    "nested without end": ("42" + "[" * 100_000,),
    "a number without end": ("42[" + "1" * 10_000 + "]",),
    "a second CONNECT": ("40",),
    "a CONNECT_ERROR": ('44{"message":"no"}',),
    "an event in an unknown namespace": ('42/nope,["subscribe_project",{}]',),
    "a DISCONNECT of an unknown namespace": ("41/nope,",),
    "binary that nobody announced": (b"2[1]",),
    "text for an attachment": (f'451-["x",{ATTACHED}]', '42["x"]'),
    "a CONNECT for an attachment": (f'451-["x",{ATTACHED}]', "40"),
    "an attachment that was not announced": ('451-["x",{"_placeholder":true,"num":7}]', b"x"),
    "too many attachments": ('499999999999-["x"]',),
}
MISSING: dict[str, str] = {
    "the only attachment": f'451-["x",{ATTACHED}]',
    "one of an acknowledgement": f"461-1[{ATTACHED}]",
    "none was announced, but waited for": '450-["x",{}]',
}


class Watched(NamedTuple):
    """A project, its owner, a member who hears all of it, and how full the server is with them."""

    town: Town
    ada: Person
    project_id: int
    bob: Client
    before: tuple[float, float]
    intruders: list[Wire]

    async def intruder(self) -> Wire:
        """A connection of Ada's in the project's room."""
        wire = await Wire.connect(self.town.url, self.ada.access)
        self.intruders.append(wire)
        assert (await wire.asks("subscribe_project", project_id=self.project_id))["ok"]
        assert await census(self.town) == (self.before[0] + 1, self.before[1] + 1)
        return wire

    async def has_forgotten_them(self) -> None:
        """Nothing of the intruder is left, and the other member hears on."""
        await becomes(lambda: census(self.town), self.before, within=AT_ONCE)
        path = f"projects/{self.project_id}/milestones/"
        milestone = await self.ada.post(path, {"title": "Life goes on"})
        await self.bob.hears("milestone_changed", id=milestone["id"])


@pytest.fixture
async def watched(server: Server) -> AsyncIterator[Watched]:
    async with Town(server.url) as town:
        ada, bob = await town.people("ada", "bob")
        project = await town.project(ada, bob)
        client = await bob.on_python("websocket")
        await client.subscribe(project["id"])
        watched = Watched(town, ada, project["id"], client, await settled_census(town), [])
        yield watched
        for wire in watched.intruders:
            await wire.leave()


@pytest.mark.parametrize("packets", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_packet_cuts_its_sender_off_at_once(
    watched: Watched, server: Server, packets: tuple[str | bytes, ...]
) -> None:
    wire, refused = await watched.intruder(), refusals(server)
    await wire.writes(*packets)
    await wire.is_cut(AT_ONCE)
    await watched.has_forgotten_them()
    assert refusals(server) == [*refused, "unreadable_packet"]


@pytest.mark.parametrize("packet", MISSING.values(), ids=MISSING.keys())
async def test_an_attachment_that_never_comes_is_not_waited_for(
    watched: Watched, packet: str
) -> None:
    wire = await watched.intruder()
    await wire.writes(packet)
    await wire.is_cut(2)
    await watched.has_forgotten_them()


@pytest.mark.parametrize("packets", [("junk",), ("4junk",), ('42["x"]',), ("9",), (b"x",)])
async def test_a_broken_packet_before_connect_is_cut_off_too(
    watched: Watched, packets: tuple[str | bytes, ...]
) -> None:
    wire = await Wire.open(watched.town.url)
    await wire.writes(*packets)
    await wire.is_cut(AT_ONCE)
    await watched.has_forgotten_them()


async def test_an_unknown_namespace_is_refused_and_the_connection_stays(watched: Watched) -> None:
    wire = await watched.intruder()
    await wire.writes(f'40/nope,{{"token":"{watched.ada.access}"}}')
    refused = await wire.reads()
    assert refused.startswith('44/nope,{"message":"unknown_namespace"')
    assert (await wire.asks("subscribe_project", project_id=watched.project_id))["ok"]
    await wire.leave()
    await watched.has_forgotten_them()


@pytest.mark.parametrize(
    "body",
    ["junk", "4junk", '42["x"', "9", b"\xff", "\x1e".join(["3"] * 1001), "b!"],
    ids=["junk", "message", "array", "packet", "no UTF-8", "too many", "no base64"],
)
async def test_a_broken_body_ends_a_polling_session(watched: Watched, body: str | bytes) -> None:
    session = await Polling.connect(watched.town, watched.ada.access)
    assert (await session.post(body)).status_code == 400
    assert (await session.get()).status_code == 400
    await watched.has_forgotten_them()


async def test_a_body_too_large_ends_a_polling_session(watched: Watched) -> None:
    session = await Polling.connect(watched.town, watched.ada.access)
    assert (await session.post("4" + "x" * 2 * 1024 * 1024)).status_code in (400, 413)
    assert (await session.get()).status_code == 400
    await watched.has_forgotten_them()


async def test_a_client_that_never_connects_is_dropped(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_CONNECT_TIMEOUT="1") as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        silent = await Wire.open(town.url)
        refused = await Wire.open(town.url)
        left = await Wire.connect(town.url, ada.access)
        polling = await Polling.open(town)
        stays = await Wire.connect(town.url, ada.access)
        await refused.writes('40{"token":"garbage"}')
        assert "token_invalid" in await refused.reads()
        await left.writes("41")

        for wire in (silent, refused, left):
            await wire.is_cut(2)
        await becomes(lambda: census(town), (1.0, 1.0))
        assert (await polling.get()).status_code == 400
        assert (await stays.asks("subscribe_project", project_id=project["id"]))["ok"]
        await stays.leave()
