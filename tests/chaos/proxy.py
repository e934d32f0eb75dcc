"""A TCP proxy in front of the servers, which can cut what goes through it."""

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

READ = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Round robin over the ports of the servers; one that refuses is passed over."""

    def __init__(self, ports: Sequence[int], dice: random.Random) -> None:
        self._ports = deque(ports)
        self._dice = dice
        self._clients: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        await asyncio.gather(*self._serving)

    def cut(self, share: float = 1.0) -> int:
        """Reset this share of the clients' connections; returns how many."""
        clients = list(self._clients)
        for client in self._dice.sample(clients, round(len(clients) * share)):
            _reset(client)
        return round(len(clients) * share)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            upstream = await self._dial()
            if upstream is None:
                _reset(writer)
                return
            await asyncio.gather(_pump(reader, upstream[1]), _pump(upstream[0], writer))
        finally:
            self._clients.discard(writer)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self._ports)):
            self._ports.rotate(-1)
            try:
                return await asyncio.open_connection("127.0.0.1", self._ports[0])
            except OSError:
                continue
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way; where that ends, the other side is closed, which ends the other way."""
    try:
        while data := await reader.read(READ):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End it with RST: what was under way is lost, as when a cable is pulled."""
    if not writer.is_closing():
        wire = writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        writer.transport.abort()
