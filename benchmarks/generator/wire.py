"""As much of WebSocket (RFC 6455) as a load generator needs. Pure."""

import json
import os
from base64 import b64encode

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SHORT, MEDIUM = 126, 127
LONGEST_SHORT, LONGEST_MEDIUM = 125, 0xFFFF


def upgrade(path: str, port: int) -> bytes:
    """The request that opens a WebSocket, without extensions."""
    key = b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's frame. Its mask is zero, which is a mask like any other and saves the XOR."""
    head = bytes([0x80 | opcode])
    size = len(payload)
    if size <= LONGEST_SHORT:
        head += bytes([0x80 | size])
    elif size <= LONGEST_MEDIUM:
        head += bytes([0x80 | SHORT]) + size.to_bytes(2, "big")
    else:
        head += bytes([0x80 | MEDIUM]) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


def take_frames(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Opcode and payload of each whole frame that a server sent; they leave the buffer."""
    frames, start = [], 0
    while len(buffer) - start >= 2:  # noqa: PLR2004 - the least head
        size, body = buffer[start + 1], start + 2
        if size == SHORT:
            size, body = int.from_bytes(buffer[body : body + 2], "big"), body + 2
        elif size == MEDIUM:
            size, body = int.from_bytes(buffer[body : body + 8], "big"), body + 8
        if len(buffer) < body + size:
            break
        frames.append((buffer[start] & 0x0F, bytes(buffer[body : body + size])))
        start = body + size
    del buffer[:start]
    return frames


def post(path: str, content: str) -> bytes:
    """A request on a connection that is kept alive."""
    text = content.encode()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
