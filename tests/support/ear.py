"""A socket without a wire, for tests of the rooms alone: it keeps what it is sent."""

import asyncio
from uuid import UUID, uuid4

from rooms.frames import Body, Frame
from tests.support.clients import PATIENCE

STEP = 0.01


class Ear:
    """What a client would have heard."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.session_id: UUID = uuid4()
        self.closed = False
        self.frames: list[Body] = []

    def send(self, frame: Frame) -> None:
        assert not self.closed
        self.frames.append(frame.body)

    def close(self, code: str, message: str) -> None:
        raise AssertionError(f"closed: {code} {message}")

    def retire(self) -> None:
        self.closed = True

    async def drained(self) -> None:
        """An ear takes everything at once."""

    def answer(self, body: Body) -> None:
        self.frames.append({"type": "ack", **body})

    def acks(self) -> list[Body]:
        return [frame for frame in self.frames if frame["type"] == "ack"]

    def resyncs(self) -> list[tuple[str, int]]:
        """Why it was told to read anew, and from where to go on."""
        return [(f["reason"], f["seq"]) for f in self.frames if f["type"] == "resync"]

    def cursors(self) -> list[int]:
        others = ("ack", "resync", "notification_received")
        return [frame["seq"] for frame in self.frames if frame["type"] not in others]

    def notices(self) -> list[int]:
        """The seqs of what people are told, as it came."""
        told = "notification_received"
        return [frame["seq"] for frame in self.frames if frame["type"] == told]

    async def has_heard(self, seqs: list[int]) -> None:
        """Wait until it has heard just these, in this order, each once."""
        for _ in range(round(PATIENCE / STEP)):
            if len(self.cursors()) >= len(seqs):
                break
            await asyncio.sleep(STEP)
        assert self.cursors() == seqs

    async def is_sent_away(self) -> None:
        """Wait until its transport is ended, so that it comes back by itself."""
        for _ in range(round(PATIENCE / STEP)):
            if self.closed:
                return
            await asyncio.sleep(STEP)
        raise AssertionError(f"still there; heard {self.frames}")
