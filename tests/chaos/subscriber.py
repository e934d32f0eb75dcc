"""A client that wants to miss nothing: it keeps a cursor per room and comes back whenever cut."""

import asyncio
import random
import time
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from tests.chaos.lines import TROUBLES, Line
from tests.support.clients import Frame
from tests.support.people import Person

LONGEST_PAUSE = 2.0


class Heard(NamedTuple):
    """A cursor frame as it came; `at` in seconds since the epoch."""

    seq: int
    at: float
    frame: Frame


class Subscriber:
    """One client of a person; it `resumes` as it connects, or subscribes to each room after it.

    cursors: the last seq it took, of each room it follows
    heard: every cursor frame of these rooms, in the order it came, whatever its seq
    notices: the ids of all notifications, single and summed up
    resyncs: every `resync` frame; shut_out: rooms it was refused
    complaints: frames that were not for it, or that it could not take
    born: when it first connected, in seconds since the epoch
    back: is it connected, and in every room it follows?
    """

    def __init__(
        self,
        name: str,
        person: Person,
        line: type[Line],
        projects: Iterable[int],
        dice: random.Random,
        *,
        resumes: bool,
    ) -> None:
        self.name = name
        self.person = person
        self.door = line.door
        self.cursors = {f"project_{project}": 0 for project in projects}
        self._own_room = f"user_{person.id}"
        if resumes:
            self.cursors[self._own_room] = 0
        self.heard: dict[str, list[Heard]] = {room: [] for room in self.cursors}
        self.notices: list[str] = []
        self.resyncs: list[Frame] = []
        self.shut_out: set[str] = set()
        self.complaints: list[str] = []
        self.connections = 0
        self.born = 0.0
        self.back = False
        self._open = line.open
        self._resumes = resumes
        self._number = 0
        self._dice = dice

    async def live(self, url: str) -> None:
        """Be connected, again and again, until cancelled."""
        pause = 0.1
        while True:
            try:
                await self._connection(url)
                pause = 0.1
            except TROUBLES:
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(self._dice.uniform(0, pause))

    async def _connection(self, url: str) -> None:
        self._number += 1
        take = partial(self._take, self._number)
        cursors = dict(self.cursors) if self._resumes else None
        line = await self._open(url, self.person.access, take, cursors)
        try:
            self.connections += 1
            self.born = self.born or time.time()
            if not self._resumes:
                await self._subscribe(line)
            self.back = True
            await line.ended.wait()
        finally:
            self.back = False
            self._number += 1  # what the old connection still brings, nobody reads
            await line.leave()

    async def _subscribe(self, line: Line) -> None:
        """Come back into each room by itself, from the last frame that it took there."""
        for room, cursor in list(self.cursors.items()):
            project = int(room.removeprefix("project_"))
            answer = await line.ask("subscribe_project", project_id=project, since=cursor)
            if answer["ok"]:
                continue
            if answer["error"]["code"] != "project_not_found":
                raise ConnectionError(answer["error"])
            self._shut_out_of(room)

    def _shut_out_of(self, room: str) -> None:
        self.shut_out.add(room)
        self.cursors.pop(room, None)

    def _take(self, connection: int, frame: Frame) -> None:
        if connection != self._number:
            return
        try:
            self._apply(frame)
        except Exception as error:  # noqa: BLE001 - python-socketio would go on as if it were taken
            self.complaints.append(f"{error!r} at {frame}")

    def _apply(self, frame: Frame) -> None:
        room = frame.get("room", self._own_room)
        if room not in (*self.heard, self._own_room):
            self.complaints.append(f"heard of a room that is not theirs: {frame}")
        match frame["type"]:
            case "error":
                pass  # it ended the line
            case "notification_received":
                self.notices.append(frame["notification_id"])
            case "notification_summary":
                self.notices.extend(frame["notification_ids"])
            case "resync":
                self.resyncs.append(frame)
                if frame["reason"] == "forbidden":
                    self._shut_out_of(room)
            case _:
                self._advance(room, frame["seq"], frame)

    def _advance(self, room: str, seq: int, frame: Frame) -> None:
        if room in self.heard:
            self.heard[room].append(Heard(seq, time.time(), frame))
        if room in self.cursors:
            self.cursors[room] = max(seq, self.cursors[room])
