"""The floor: one `send()` of a finished frame for each socket, and nothing else. No checks at all.

It does what no server may do (it drops what does not fit into the kernel's buffer), so as to show
what the system calls alone cost from Python.
"""

import asyncio
import base64
import hashlib
import os
import re
import socket
from collections import Counter, defaultdict

import uvloop

from benchmarks.frames import FIRST_SEQ, body
from benchmarks.generator.wire import compact

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MOST_BYTES = 65536


class Floor:
    """Rooms of sockets."""

    def __init__(self) -> None:
        self._rooms: defaultdict[str, list[socket.socket]] = defaultdict(list)
        self._sent: Counter[str] = Counter()

    async def serve(self, client: socket.socket) -> None:
        """Answer requests, until one is an upgrade or the client goes."""
        loop = asyncio.get_running_loop()
        while request := await loop.sock_recv(client, MOST_BYTES):
            if key := re.search(rb"Sec-WebSocket-Key: (.+)\r\n", request):
                await loop.sock_sendall(client, switch(key[1]))
                self._rooms[asked(rb"room=(\w+)", request)].append(client)
                return
            self._emit(f"project_{asked(rb'project=([0-9]+)', request)}", request)
            await loop.sock_sendall(client, b"HTTP/1.1 204 No Content\r\n\r\n")
        client.close()

    def _emit(self, room: str, request: bytes) -> None:
        for _ in range(int(asked(rb"count=([0-9]+)", request))):
            self._sent[room] += 1
            number = int(room.removeprefix("project_"))
            text = compact(body(number, FIRST_SEQ + self._sent[room])).encode()
            frame = bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text
            for client in self._rooms[room]:
                try:
                    client.send(frame)
                except BlockingIOError:
                    continue


def switch(key: bytes) -> bytes:
    """The answer to an upgrade."""
    accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())  # noqa: S324 - RFC 6455 wants it
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


def asked(pattern: bytes, request: bytes) -> str:
    found = re.search(pattern, request)
    return found[1].decode() if found else ""


async def main() -> None:
    """Serve until stopped."""
    loop, floor = asyncio.get_running_loop(), Floor()
    tasks = set()
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=1024) as listener:
        listener.setblocking(False)
        while True:
            client, _ = await loop.sock_accept(listener)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.create_task(floor.serve(client))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    uvloop.run(main())
