"""The clients people use (npm's, python-socketio's, plain), in one file as they answer alike.

Each hears frames into one list; `hears` takes the first that fits, `hears_nothing` finds the rest.
"""

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

NODE_CLIENT = Path(__file__).parents[1] / "node" / "client.mjs"
PATIENCE = 15.0
"""Seconds to wait for what must come."""
LONGEST_LINE = 2**24
"""Bytes that the Node process may write for one frame."""
SILENCE = 0.5
"""Seconds to listen for what must not come: several comparisons of heads."""

Frame = dict[str, Any]
Cursors = dict[str, int]


class Client(ABC):
    """A connection of somebody, and the frames it has heard.

    resume: the cursors it said when it connected; without its own room's, it is greeted
    """

    def __init__(self, resume: Cursors | None = None) -> None:
        self.frames: list[Frame] = []
        self.resumed = resume or {}
        self.closed: str | None = None
        self.own_head: int | None = None
        self._news = asyncio.Condition()

    @abstractmethod
    async def say(self, name: str, **body: Any) -> None:
        """Send a frame, and ask for no acknowledgement."""

    @abstractmethod
    async def ask(self, name: str, **body: Any) -> Frame:
        """Send a frame and wait for its acknowledgement."""

    @abstractmethod
    async def leave(self) -> None:
        """Disconnect."""

    async def subscribe(self, project_id: int, **options: Any) -> Frame:
        answer = await self.ask("subscribe_project", project_id=project_id, **options)
        assert answer["ok"], answer
        return answer

    async def hears(self, kind: str, **fields: Any) -> Frame:
        """Wait for the first frame of this type with these fields, and take it."""

        def fits(frame: Frame) -> bool:
            return frame["type"] == kind and all(frame.get(k) == v for k, v in fields.items())

        async with self._news:
            found = self._news.wait_for(lambda: any(map(fits, self.frames)))
            try:
                await asyncio.wait_for(found, PATIENCE)
            except TimeoutError:
                heard = "\n  ".join(str(frame) for frame in self.frames)
                raise AssertionError(f"no {kind} {fields}; heard:\n  {heard}") from None
            frame = next(filter(fits, self.frames))
            self.frames.remove(frame)
            return frame

    async def hears_nothing(self, seconds: float = SILENCE, **fields: Any) -> None:
        """Listen for a while: no frame (with these fields) that nobody asked for."""
        await asyncio.sleep(seconds)
        heard = [f for f in self.frames if all(f.get(k) == v for k, v in fields.items())]
        assert not heard, f"heard {heard}"

    async def is_closed(self) -> str:
        """Wait until the server ends the connection; returns the reason."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self.closed is not None), PATIENCE)
        assert self.closed is not None
        return self.closed

    async def _heard(self, frame: Frame) -> None:
        async with self._news:
            if self.own_head is None and self._is_greeting(frame):
                self.own_head = frame["seq"]
                return
            self.frames.append(frame)
            self._news.notify_all()

    async def _ended(self, reason: str) -> None:
        async with self._news:
            self.closed = reason
            self._news.notify_all()

    def _is_greeting(self, frame: Frame) -> bool:
        """Where the person's own room stands, said to whoever connects without a cursor for it."""
        own = str(frame.get("room")).startswith("user_")
        return frame["type"] == "room_head" and own and frame["room"] not in self.resumed


class PlainClient(Client):
    """A plain WebSocket on `/ws/notifications/`."""

    def __init__(self, socket: ClientConnection, resume: Cursors | None = None) -> None:
        super().__init__(resume)
        self.socket = socket
        self._ids = itertools.count(1)
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, url: str, token: str, resume: Cursors | None = None) -> "PlainClient":
        address = url.replace("http", "ws", 1) + f"/ws/notifications/?token={token}"
        address += f"&resume={quote(json.dumps(resume))}" if resume is not None else ""
        return cls(await connect(address, max_size=None), resume)

    async def say(self, name: str, **body: Any) -> None:
        await self.socket.send(json.dumps({"type": name, **body}))

    async def ask(self, name: str, **body: Any) -> Frame:
        request_id = next(self._ids)
        await self.say(name, request_id=request_id, **body)
        answer = await self.hears("ack", request_id=request_id)
        return {key: answer[key] for key in answer if key not in ("type", "request_id")}

    async def leave(self) -> None:
        await self.socket.close()
        await self._listener

    async def _listen(self) -> None:
        try:
            async for text in self.socket:
                await self._heard(json.loads(text))
        except ConnectionClosed:
            pass
        await self._ended(f"{self.socket.close_code} {self.socket.close_reason}".strip())


class PythonClient(Client):
    """python-socketio's own client."""

    def __init__(self, resume: Cursors | None = None) -> None:
        super().__init__(resume)
        # Its own session stays open where the server ends a long poll.
        self._session = aiohttp.ClientSession()
        self.socket = socketio.AsyncClient(reconnection=False, http_session=self._session)
        self.socket.on("*", self._event)
        self.socket.on("disconnect", self._ended)

    @classmethod
    async def connect(
        cls,
        url: str,
        token: str,
        transports: tuple[str, ...] = ("polling", "websocket"),
        resume: Cursors | None = None,
    ) -> "PythonClient":
        client = cls(resume)
        auth = {"token": token, "resume": resume}
        try:
            await client.socket.connect(url, auth=auth, transports=list(transports))
        except BaseException:
            await client._session.close()
            raise
        return client

    async def say(self, name: str, **body: Any) -> None:
        await self.socket.emit(name, body)

    async def ask(self, name: str, **body: Any) -> Frame:
        answer: Frame = await self.socket.call(name, body, timeout=PATIENCE)
        return answer

    async def leave(self) -> None:
        await self.socket.disconnect()
        await self._session.close()

    async def _event(self, name: str, frame: Frame) -> None:
        assert frame["type"] == name
        await self._heard(frame)


class NodeClient(Client):
    """npm's socket.io-client, in a Node process."""

    def __init__(self, process: asyncio.subprocess.Process, resume: Cursors | None = None) -> None:
        super().__init__(resume)
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self.happened: asyncio.Queue[Frame] = asyncio.Queue()
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, url: str, **options: Any) -> "NodeClient":
        """Start connecting; what comes of it is in `happened`."""
        process = await asyncio.create_subprocess_exec(
            "node",
            str(NODE_CLIENT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        client = cls(process, options.get("auth", {}).get("resume"))
        await client._command({"connect": url, "options": options})
        return client

    @classmethod
    async def connect(
        cls, url: str, token: str, resume: Cursors | None = None, **options: Any
    ) -> "NodeClient":
        client = await cls.open(url, auth={"token": token, "resume": resume}, **options)
        happened = await client.outcome()
        assert happened["happened"] == "connect", happened
        return client

    async def outcome(self) -> Frame:
        """What came of connecting: `connect`, or `connect_error` with its code."""
        while True:
            happened = await asyncio.wait_for(self.happened.get(), PATIENCE)
            if happened["happened"] in ("connect", "connect_error"):
                return happened

    async def say(self, name: str, **body: Any) -> None:
        await self._command({"emit": [name, body]})

    async def ask(self, name: str, **body: Any) -> Frame:
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._command({"emit": [name, body], "ack": number})
        return await asyncio.wait_for(self._answers[number], PATIENCE)

    async def leave(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._listener

    async def _command(self, command: Frame) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            match json.loads(line):
                case {"event": name, "body": frame}:
                    assert frame["type"] == name
                    await self._heard(frame)
                case {"ack": number, "answer": [answer]}:
                    self._answers.pop(number).set_result(answer)
                case {"happened": "disconnect", "reason": reason}:
                    await self._ended(reason)
                case other:
                    await self.happened.put(other)
