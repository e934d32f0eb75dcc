"""Peer: python-socketio as it comes, on uvicorn as it comes."""

import os
from collections import Counter
from typing import Any

import socketio
import uvicorn

from benchmarks.frames import FIRST_SEQ, body
from benchmarks.servers.emit import with_emit

NO_PINGS = 3600
"""Seconds. None of the servers pings while it is measured."""


def main() -> None:
    """Serve until stopped."""
    server = socketio.AsyncServer(async_mode="asgi", ping_interval=NO_PINGS)
    sent: Counter[int] = Counter()

    async def subscribe(sid: str, data: dict[str, Any]) -> dict[str, Any]:
        await server.enter_room(sid, f"project_{data['project_id']}")
        return {"ok": True}

    async def emit(project: int, count: int) -> None:
        for _ in range(count):
            sent[project] += 1
            frame = body(project, FIRST_SEQ + sent[project])
            await server.emit(frame.pop("type"), frame, room=f"project_{project}")

    server.on("subscribe_project", subscribe)
    app = with_emit(socketio.ASGIApp(server), emit)
    port = int(os.environ["PORT"])
    uvicorn.run(app, port=port, log_level="warning", ws_ping_interval=None)


if __name__ == "__main__":
    main()
