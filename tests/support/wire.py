"""Below the clients: Engine.IO by hand, a WebSocket that answers nothing, /metrics and the log."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.clients import PATIENCE, Client, Frame
from tests.support.people import JSON, Person, Town
from tests.support.server import Server, running

ENGINE = "/socket.io/?EIO=4&transport="
STEP = 0.02
"""Seconds between two looks at something that is about to change."""
T = TypeVar("T")


class Wire:
    """An Engine.IO WebSocket with no client library around it: packets in, packets out."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connected to the engine, but to no namespace yet."""
        wire = cls(await connect(url.replace("http", "ws", 1) + ENGINE + "websocket"))
        assert (await wire.reads()).startswith("0{")
        return wire

    @classmethod
    async def connect(cls, url: str, token: str) -> Self:
        wire = await cls.open(url)
        await wire.writes(f'40{{"token":"{token}"}}')
        assert (await wire.reads()).startswith('40{"sid":')
        assert (await wire.reads()).startswith('42["room_head",{"type":"room_head","room":"user_')
        return wire

    async def writes(self, *packets: str | bytes) -> None:
        for packet in packets:
            await self.socket.send(packet)

    async def reads(self) -> str:
        return str(await asyncio.wait_for(self.socket.recv(), PATIENCE))

    async def asks(self, name: str, **body: Any) -> Frame:
        await self.writes(f"427{json.dumps([name, body])}")
        return await self.hears_answer()

    async def hears_answer(self) -> Frame:
        """The acknowledgement of what was asked with the number 7; events may come before it."""
        while not (packet := await self.reads()).startswith("437"):
            assert packet.startswith("42"), packet
        answer: Frame = json.loads(packet.removeprefix("437"))[0]
        return answer

    async def is_cut(self, within: float) -> None:
        """The server ends the connection in this time, whatever it still sends before."""
        async with asyncio.timeout(within):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                return

    async def leave(self) -> None:
        await self.socket.close()


class Polling:
    """An Engine.IO long-polling session with no client library around it."""

    def __init__(self, http: httpx.AsyncClient, address: str, sid: str) -> None:
        self._http = http
        self._address = f"{address}&sid={sid}"
        self.sid = sid

    @classmethod
    async def open(cls, town: Town) -> Self:
        address = f"{town.url}{ENGINE}polling"
        opening = json.loads((await town.http.get(address)).text.removeprefix("0"))
        return cls(town.http, address, opening["sid"])

    @classmethod
    async def connect(cls, town: Town, token: str) -> Self:
        session = await cls.open(town)
        assert (await session.post(f'40{{"token":"{token}"}}')).text == "OK"
        assert (await session.get()).text.startswith('40{"sid":')
        return session

    async def get(self) -> httpx.Response:
        return await self._http.get(self._address)

    async def post(self, body: str | bytes) -> httpx.Response:
        return await self._http.post(self._address, content=body)


class Mute:
    """A plain WebSocket opened by hand, which answers no ping."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, url: str, token: str) -> Self:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        writer.write(
            f"GET /ws/notifications/?token={token} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return cls(reader, writer)

    async def says(self, frame: JSON) -> None:
        text = json.dumps(frame).encode()
        assert len(text) < 126
        self._writer.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        await self._writer.drain()

    async def is_cut(self, within: float) -> None:
        async with asyncio.timeout(within):
            try:
                while await self._reader.read(1024):
                    pass
            except ConnectionResetError:
                pass
        self._writer.close()


@asynccontextmanager
async def own_server(folder: Path, **settings: str) -> AsyncIterator[Town]:
    """A server of the test's own, on embedded SQLite, with settings of its own."""
    with running(folder, "", **settings) as server:
        async with Town(server.url) as town:
            yield town


async def figure(town: Town, name: str) -> float:
    """What /metrics says under this name."""
    page = (await town.http.get(f"{town.url}/metrics")).text
    return next(float(line.split()[1]) for line in page.splitlines() if line.startswith(f"{name} "))


async def census(town: Town) -> tuple[float, float]:
    """Connections and rooms of the server."""
    return await figure(town, "roomcast_connections"), await figure(town, "roomcast_rooms")


async def settled_census(town: Town) -> tuple[float, float]:
    """The census once those who left before are gone."""
    before, now = None, await census(town)
    while now != before:
        before = now
        await asyncio.sleep(0.1)
        now = await census(town)
    return now


async def becomes(read: Callable[[], Awaitable[T]], expected: T, within: float = PATIENCE) -> None:
    """Read again and again until it is as expected."""
    for _ in range(round(within / STEP)):
        if await read() == expected:
            return
        await asyncio.sleep(STEP)
    assert await read() == expected


def refusals(server: Server) -> list[str]:
    """The codes of everything refused so far, one for each line of the log."""
    lines = [json.loads(line) for line in server.log_lines() if line.startswith("{")]
    return [line["code"] for line in lines if line["event"] == "refused"]


def cursors(client: Client, room: str) -> list[int]:
    """The seqs of the room's cursor frames, as they came."""
    return [frame["seq"] for frame in client.frames if is_cursor_frame(frame, room)]


def is_cursor_frame(frame: Frame, room: str) -> bool:
    """Is it the one frame of an event of this room that moves a client's cursor?"""
    others = ("notification_received", "resync", "ack")
    return frame.get("room") == room and frame["type"] not in others


async def hears_run(client: Client, room: str, seqs: range, within: float = PATIENCE) -> None:
    """The client hears just these cursor frames of the room, in this order, each once."""
    for _ in range(round(within / STEP)):
        if len(cursors(client, room)) >= len(seqs):
            break
        await asyncio.sleep(STEP)
    assert cursors(client, room) == list(seqs)


async def tells(person: Person, project_id: int, times: int) -> None:
    """The person tells the team something, so many times, one after the other."""
    for number in range(times):
        await person.post(
            f"projects/{project_id}/notify/",
            {"event_type": "build_finished", "title": f"Build {number}"},
        )
