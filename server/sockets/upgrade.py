"""From long polling to a WebSocket. (Engine.IO protocol 4: upgrade.)"""

import asyncio
from collections.abc import Callable
from typing import Any

PROBE_WITHIN = 10.0
"""Seconds; a client that lost its network in the middle is not waited for."""


async def proves_itself(websocket: Any, end_poll: Callable[[], None]) -> bool:
    """The client tries the WebSocket, ends its last poll, and says that it has moved."""
    try:
        async with asyncio.timeout(PROBE_WITHIN):
            if await websocket.wait() != "2probe":
                return False
            await websocket.send("3probe")
            end_poll()
            return bool(await websocket.wait() == "5")
    except (OSError, TimeoutError):
        return False
