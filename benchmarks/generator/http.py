"""As much of an HTTP client as a load generator needs, over connections that are kept alive."""

import asyncio
import json
import re
from typing import Any, Self

from benchmarks.generator.crowd import HOST

PREFIX = "/api/v1/"


class Caller:
    """Somebody who calls REST, over so many connections at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )

    async def connect(self, connections: int) -> Self:
        for _ in range(connections):
            self._free.put_nowait(await asyncio.open_connection(HOST, self._port))
        return self

    async def call(self, method: str, path: str, content: object = None) -> Any:
        """The body of the answer; raises RuntimeError where that is a refusal."""
        text = b"" if content is None else json.dumps(content).encode()
        lines = [
            f"{method} {PREFIX}{path} HTTP/1.1",
            f"Host: {HOST}:{self._port}",
            f"Authorization: Bearer {self._token}",
            "Content-Type: application/json",
            f"Content-Length: {len(text)}",
        ]
        reader, writer = connection = await self._free.get()
        writer.write("\r\n".join([*lines, "", ""]).encode() + text)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        answer = await reader.readexactly(int(length[1]) if length else 0)
        self._free.put_nowait(connection)
        if not head.startswith("HTTP/1.1 2"):
            raise RuntimeError(f"{method} {path}: {head}{answer.decode()}")
        return json.loads(answer) if answer else None

    def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait()[1].close()
