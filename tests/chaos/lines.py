"""One connection of a client, on either door: frames out as they come, questions answered."""

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.support.clients import Frame

PATIENCE = 10.0
"""Seconds for an answer, or for a connection to be made."""
TROUBLES = (
    OSError,
    TimeoutError,
    WebSocketException,
    aiohttp.ClientError,
    socketio.exceptions.SocketIOError,
)
"""How a connection fails, whichever library it is of."""
Take = Callable[[Frame], None]
Cursors = Mapping[str, int] | None
"""What to resume at connect: the last seq taken, by room; None: nothing."""


class Line(ABC):
    """A connection. Every frame but an acknowledgement goes to `take`, in the order it came.

    An `error` frame ends it: something could not be done, so come back and ask again.
    """

    door: str

    def __init__(self, take: Take) -> None:
        self.take = take
        self.ended = asyncio.Event()
        self._asked: set[asyncio.Future[Frame]] = set()

    @classmethod
    @abstractmethod
    async def open(cls, url: str, token: str, take: Take, cursors: Cursors) -> Self:
        """Connect, and come back with these cursors. Raises one of TROUBLES."""

    async def ask(self, name: str, **body: Any) -> Frame:
        """Send a frame and wait for its acknowledgement. Raises one of TROUBLES."""
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked.add(answer)
        try:
            await self._send(name, body, answer)
            return await asyncio.wait_for(answer, PATIENCE)
        finally:
            self._asked.discard(answer)

    @abstractmethod
    async def leave(self) -> None:
        """Disconnect."""

    @abstractmethod
    async def _send(self, name: str, body: Frame, answer: asyncio.Future[Frame]) -> None: ...

    def _hear(self, frame: Frame) -> None:
        self.take(frame)
        if frame["type"] == "error":
            self._end()

    def _end(self, *_: object) -> None:
        self.ended.set()
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(ConnectionError("the connection ended"))


class PlainLine(Line):
    """A plain WebSocket."""

    door = "WebSocket"

    def __init__(self, socket: ClientConnection, take: Take) -> None:
        super().__init__(take)
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, url: str, token: str, take: Take, cursors: Cursors) -> Self:
        query = {"token": token} | ({"resume": json.dumps(cursors)} if cursors else {})
        address = url.replace("http", "ws", 1) + f"/ws/notifications/?{urlencode(query)}"
        return cls(await connect(address, max_size=None, open_timeout=PATIENCE), take)

    async def leave(self) -> None:
        await self._socket.close()
        await self._listening

    async def _send(self, name: str, body: Frame, answer: asyncio.Future[Frame]) -> None:
        number = next(self._numbers)
        self._answers[number] = answer
        await self._socket.send(json.dumps({"type": name, "request_id": number, **body}))

    async def _listen(self) -> None:
        try:
            async for text in self._socket:
                frame = json.loads(text)
                if frame["type"] != "ack":
                    self._hear(frame)
                elif not (answer := self._answers.pop(frame["request_id"])).done():
                    answer.set_result(frame)
        except ConnectionClosed:
            pass
        finally:
            self._end()


class SocketIOLine(Line):
    """python-socketio's own client, over WebSocket: polling would need a proxy that is sticky."""

    door = "Socket.IO"

    def __init__(self, take: Take) -> None:
        super().__init__(take)
        self._http = aiohttp.ClientSession()  # its own would stay open where connecting fails
        self._socket = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, http_session=self._http
        )
        self._socket.on("*", lambda _, frame: self._hear(frame))
        self._socket.on("disconnect", self._end)

    @classmethod
    async def open(cls, url: str, token: str, take: Take, cursors: Cursors) -> Self:
        line = cls(take)
        auth = {"token": token} | ({"resume": cursors} if cursors else {})
        try:
            await line._socket.connect(
                url, auth=auth, transports=["websocket"], wait_timeout=PATIENCE
            )
        except BaseException:
            await line.leave()
            raise
        return line

    async def leave(self) -> None:
        await self._socket.disconnect()
        await self._http.close()

    async def _send(self, name: str, body: Frame, answer: asyncio.Future[Frame]) -> None:
        def answered(frame: Frame) -> None:
            if not answer.done():
                answer.set_result(frame)

        await self._socket.emit(name, body, callback=answered)
