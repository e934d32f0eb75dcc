"""A proxy before Redis that can swallow what subscribers are to hear, and keep all else going."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.support.services import free_port


class Proxy:
    """Forwards TCP. swallowing: whether nothing comes back on connections that have subscribed."""

    def __init__(self, url: str) -> None:
        self._behind = urlsplit(url)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.swallowing = False
        self._subscribers: set[asyncio.StreamWriter] = set()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        pumps = {
            asyncio.create_task(self._to_redis(reader, behind[1], client=writer)),
            asyncio.create_task(self._to_client(behind[0], writer)),
        }
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        writer.close()
        behind[1].close()

    async def _to_redis(
        self,
        reader: asyncio.StreamReader,
        redis: asyncio.StreamWriter,
        *,
        client: asyncio.StreamWriter,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if b"SUBSCRIBE" in data:
                    self._subscribers.add(client)
                redis.write(data)

    async def _to_client(self, redis: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await redis.read(65536):
                if not (self.swallowing and client in self._subscribers):
                    client.write(data)


@asynccontextmanager
async def proxy_before(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.forward, "127.0.0.1", proxy.port)
    try:
        yield proxy
    finally:
        server.close()
