"""Who frames of a live connection go to."""

from typing import Protocol


class Listener(Protocol):
    """Whoever a live connection belongs to."""

    async def hear(self, data: str | bytes) -> None:
        """Carry out one message. The next one waits for the end of it."""

    def overhears(self, data: str | bytes) -> bool:
        """Take what must not wait for the message that is carried out; was it that?"""

    def lost(self) -> None:
        """The connection is gone, or is going: nothing more comes. Called once."""


class Nobody:
    """Stands where uvicorn puts events for an application, which has returned."""

    def put_nowait(self, event: object) -> None:
        """Drop it."""


NOBODY = Nobody()
