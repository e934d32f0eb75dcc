"""A server one of whose background loops has a fault: it dies a moment after the start."""

import asyncio

from events.relay import Relay
from server.__main__ import main


async def fault(_: Relay) -> None:
    await asyncio.sleep(0.5)
    raise ZeroDivisionError("a fault, on purpose")


if __name__ == "__main__":
    Relay.run = fault  # type: ignore[method-assign, assignment]
    main()
