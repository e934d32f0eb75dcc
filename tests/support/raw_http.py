"""HTTP by hand, on a connection that is there before anything is asked."""

import asyncio

from tests.support.server import Server


class RawHttp:
    """One connection to the server, open before anything is said on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, server: Server) -> "RawHttp":
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def gets(self, path: str, *headers: str) -> tuple[list[str], str]:
        """The head of the answer, line by line, and its body."""
        lines = (f"GET {path} HTTP/1.1", "Host: roomcast", *headers, "", "")
        self._writer.write("\r\n".join(lines).encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next(line for line in head if line.startswith("content-length:")).split(":")[1]
        return head, (await self._reader.readexactly(int(length))).decode()

    def hang_up(self) -> None:
        self._writer.close()
