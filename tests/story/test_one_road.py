"""Acknowledgements and broadcasts take one road: none overtakes another, on any transport."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Protocol

import pytest
import trustme
from websockets.asyncio.client import ClientConnection, connect

from tests.support.clients import Frame
from tests.support.people import Person, Town
from tests.support.server import Server, running
from tests.support.wire import ENGINE, Polling

ROUNDS = 10_000
AT_ONCE = 100
"""Frames that a client sends before it reads: many answers fall into one turn of the loop."""
PROGRAM = ("-m", "tests.support.answers_and_broadcasts")
UNLIMITED = {
    "ROOMCAST_MESSAGES_PER_SECOND": "1000000",
    "ROOMCAST_MESSAGE_BURST": "1000000",
    "ROOMCAST_PING_INTERVAL": "3600",
    "ROOMCAST_HEADS_INTERVAL": "3600",
}
LONGEST = 120.0
"""Seconds for all rounds, on however slow a machine."""


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["tcp", "tls"])
def server(
    request: pytest.FixtureRequest, loop: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that broadcasts after each answer, in the same turn."""
    folder = tmp_path_factory.mktemp("road")
    settings = {**UNLIMITED, "ROOMCAST_TEST_LOOP": loop}
    trust = None
    if request.param == "tls":
        trust = ssl.create_default_context()
        authority = trustme.CA()
        authority.configure_trust(trust)
        certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
        certificate.write_to_path(str(folder / "certificate.pem"))
        settings["ROOMCAST_TEST_CERTIFICATE"] = str(folder / "certificate.pem")
    with running(folder, "", PROGRAM, trust, **settings) as server:
        yield server


@pytest.fixture
async def town(server: Server) -> AsyncIterator[Town]:
    async with Town(server.url, server.trust) as town:
        yield town


@pytest.fixture
async def ada(town: Town) -> Person:
    return await town.person("ada")


def opened(server: Server, path: str) -> connect:
    address = server.url.replace("http", "ws", 1) + path
    return connect(address, ssl=server.trust, compression=None, max_queue=None)


class Road(Protocol):
    """One client's way to send and to receive."""

    async def asks(self, numbers: Iterable[int]) -> None:
        """Ask for so many acknowledgements, and read nothing meanwhile."""

    async def hears(self) -> int | Frame:
        """The next thing that comes: the number of an acknowledgement, or a frame."""


class PlainRoad:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def asks(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            frame = {"type": "unsubscribe_project", "project_id": 1, "request_id": number}
            await self._socket.send(json.dumps(frame))

    async def hears(self) -> int | Frame:
        frame: Frame = json.loads(await self._socket.recv())
        return int(frame["request_id"]) if frame["type"] == "ack" else frame


class SocketIORoad:
    """A WebSocket, and what long polling has brought before it."""

    def __init__(self, socket: ClientConnection, brought: list[str]) -> None:
        self._socket = socket
        self._brought = brought

    async def asks(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            await self._socket.send(asking(number))

    async def hears(self) -> int | Frame:
        packet = self._brought.pop(0) if self._brought else str(await self._socket.recv())
        if packet == "6":  # ends a poll, and there is none
            return await self.hears()
        if packet.startswith("43"):
            return int(packet[2 : packet.index("[")])
        assert packet.startswith("42"), packet
        name, frame = json.loads(packet[2:])
        assert frame["type"] == name
        return dict(frame)


def asking(number: int) -> str:
    return f'42{number}["unsubscribe_project",{{"project_id":1}}]'


async def alternate(road: Road, asked: int = 0) -> None:
    """Ask ten thousand times; each answer is followed by its broadcast, in the order asked."""
    async with asyncio.timeout(LONGEST):
        for begin in range(0, ROUNDS, AT_ONCE):
            await road.asks(range(max(begin, asked), begin + AT_ONCE))
            for number in range(begin, begin + AT_ONCE):
                assert await road.hears() == number
                frame = await road.hears()
                assert isinstance(frame, dict)
                assert frame["seq"] == number + 1
                assert frame["title"] == "x" * (frame["seq"] % 200)


async def test_on_a_plain_websocket(server: Server, ada: Person) -> None:
    async with opened(server, f"/ws/notifications/?token={ada.access}") as socket:
        assert json.loads(await socket.recv())["type"] == "room_head"
        await alternate(PlainRoad(socket))


async def test_on_socketio(server: Server, ada: Person) -> None:
    async with opened(server, f"{ENGINE}websocket") as socket:
        assert str(await socket.recv()).startswith("0{")
        await socket.send(f'40{{"token":"{ada.access}"}}')
        assert str(await socket.recv()).startswith("40{")
        assert str(await socket.recv()).startswith('42["room_head",')
        await alternate(SocketIORoad(socket, []))


async def test_over_the_upgrade(server: Server, ada: Person, town: Town) -> None:
    """What waits for a poll when the WebSocket opens comes before what is written to it."""
    session = await Polling.connect(town, ada.access)
    await session.post("\x1e".join(map(asking, range(AT_ONCE))))
    brought = (await session.get()).text.split("\x1e")
    assert len(brought) < AT_ONCE
    async with opened(server, f"{ENGINE}websocket&sid={session.sid}") as socket:
        await socket.send("2probe")
        assert await socket.recv() == "3probe"
        await socket.send("5")
        await alternate(SocketIORoad(socket, brought), asked=AT_ONCE)
