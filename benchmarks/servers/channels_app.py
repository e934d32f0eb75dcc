"""Peer: Django Channels with its in-memory layer, on uvicorn."""

import os
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import django
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings

from benchmarks.frames import FIRST_SEQ, body
from benchmarks.generator.wire import compact
from benchmarks.servers.emit import with_emit


class Listener(AsyncWebsocketConsumer):  # type: ignore[misc] # untyped
    """One socket, in the room that its address names."""

    async def connect(self) -> None:
        """Into the room, then through the door."""
        room = parse_qs(self.scope["query_string"].decode())["room"][0]
        await self.channel_layer.group_add(room, self.channel_name)
        await self.accept()

    async def frame(self, message: dict[str, Any]) -> None:
        """What the room is told goes to the socket."""
        await self.send(text_data=message["text"])


def main() -> None:
    """Serve until stopped."""
    layer = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    settings.configure(CHANNEL_LAYERS={"default": layer})
    django.setup()
    sent: Counter[int] = Counter()

    async def emit(project: int, count: int) -> None:
        for _ in range(count):
            sent[project] += 1
            text = compact(body(project, FIRST_SEQ + sent[project]))
            message = {"type": "frame", "text": text}
            await get_channel_layer().group_send(f"project_{project}", message)

    app, port = with_emit(Listener.as_asgi(), emit), int(os.environ["PORT"])
    uvicorn.run(app, port=port, log_level="warning", lifespan="off", ws_ping_interval=None)


if __name__ == "__main__":
    main()
