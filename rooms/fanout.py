"""The fan-out: an event of a room reaches every socket in it, in order, once.

For each room the last seq that was delivered is kept: next → deliver, old → drop, gap → read the
log. A hint from the bus makes it fast; the comparison of heads makes it certain.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from events.log import LoggedEvent, Position, look_up, read_log
from events.names import user_room
from rooms.cursor import Step, is_another_log, is_dense, judge
from rooms.frames import Frame, cursor_frame, people_frame
from rooms.interruptions import Interruptions
from rooms.registry import Room, Rooms, Socket

log = structlog.get_logger()
BATCH = 200
NOWHERE = Position(0, None)


class Fanout:
    """Delivers to the rooms of this server.

    interval: seconds between two comparisons of the rooms' heads with what was delivered
    notifications, window: how often a person may be interrupted, per so many seconds
    """

    def __init__(self, rooms: Rooms, *, interval: float, notifications: int, window: int) -> None:
        self._rooms = rooms
        self._interval = interval
        self._behind: dict[str, int] = {}
        self._woken = asyncio.Event()
        self._compare_at = 0.0
        self.interruptions = Interruptions(notifications, window, self.tell)

    def hint(self, event: LoggedEvent) -> None:
        """A room has reached a seq; wired to the bus."""
        room = self._rooms.get(event.room)
        if room is None:
            return
        room.hinted = max(room.hinted, event.seq)
        if room.delivered is None:
            return
        match judge(room.delivered, event.seq):
            case Step.NEXT:
                self.deliver(room, event)
            case Step.GAP:
                self.catch_up_soon(room, event.seq)
            case Step.OLD:
                pass

    def deliver(self, room: Room, event: LoggedEvent) -> None:
        """Send the next event to everybody in the room, then act on it. Never waits.

        That it never waits is what makes eviction certain: nothing can be delivered between a
        removal and its effect.
        """
        room.delivered, room.delivered_id = event.seq, event.event_id
        frame = cursor_frame(event)
        for socket in room.sockets:
            socket.send(frame)
        if (left := event.facts.get("left_project")) is not None:
            self._forget(room, left)
        if notice := people_frame(event):
            for user_id, sockets in room.people.items():
                if interrupts(event, user_id) and self.interruptions.admit(user_id, notice):
                    for socket in sockets:
                        socket.send(notice)
        self._act_on(room, event)

    def tell(self, user_id: int, frame: Frame) -> None:
        """Send a frame that is no event of a room to every socket of a person."""
        room = self._rooms.get(user_room(user_id))
        for socket in room.people.get(user_id, ()) if room else ():
            socket.send(frame)

    def catch_up_soon(self, room: Room, head: int) -> None:
        self._behind[room.name] = max(head, self._behind.get(room.name, 0))
        self._woken.set()

    def compare_soon(self) -> None:
        """Compare heads at once, for hints may have been lost; wired to the bus."""
        self._compare_at = 0.0
        self._woken.set()

    async def catch_up(self, room: Room, head: int) -> None:
        """Deliver what the log has, up to a head that somebody has seen committed."""
        while room.delivered is not None and room.delivered < head:
            since = room.delivered
            events = await read_log(room.name, after=since, limit=BATCH)
            if room.delivered is None:
                return  # it lost its place while we read
            if not events or not is_dense(since, [event.seq for event in events]):
                self.lose_place(room, head)
                return
            for event in events:
                if judge(room.delivered, event.seq) is Step.NEXT:
                    self.deliver(room, event)

    async def run(self) -> None:
        """Compare heads and catch up, for ever."""
        loop = asyncio.get_running_loop()
        self._compare_at = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._compare_at):
                    await self._woken.wait()
            self._woken.clear()
            if loop.time() >= self._compare_at:
                self._compare_at = loop.time() + self._interval
                await self._compare_heads()
            behind, self._behind = self._behind, {}
            for name, head in behind.items():
                if room := self._rooms.get(name):
                    await self.catch_up(room, head)

    async def _compare_heads(self) -> None:
        """One query for all rooms; what was delivered is read before it, so heads are not older."""
        delivered = {
            room.name: (room.delivered, room.delivered_id)
            for room in self._rooms
            if room.delivered is not None
        }
        seqs = {name: seq for name, (seq, _) in delivered.items()}
        present = await look_up(seqs) if seqs else {}
        for name, (seq, event_id) in delivered.items():
            head, present_id = present.get(name, NOWHERE)
            room = self._rooms.get(name)
            if room is None:
                continue
            if is_another_log(seq, event_id, head, present_id):
                self.lose_place(room, head)
            elif head > seq:
                self.catch_up_soon(room, head)

    def lose_place(self, room: Room, head: int) -> None:
        """The log does not go on from where the room is: it was trimmed there, or restored.

        Its sockets come back by themselves with their cursors, and are told so (`resync`), or are
        refused: what is missing may have been their removal.
        """
        log.warning("room_lost_its_place", room=room.name, delivered=room.delivered, head=head)
        room.delivered, room.delivered_id, room.hinted = None, None, 0
        for socket in list(room.sockets):
            socket.retire()
        self._rooms.evict_everybody(room)

    def _act_on(self, room: Room, event: LoggedEvent) -> None:
        match event.facts:
            case {"removes_user": int(user_id)}:
                self._rooms.evict(room, user_id)
            case {"closes_room": True}:
                self._rooms.evict_everybody(room)
            case {"ends_session": _} | {"ends_user": True}:
                for socket in list(room.sockets):
                    if expels(event.facts, socket):
                        end(socket, event.facts)

    def _forget(self, room: Room, project_id: int) -> None:
        """Before they are told that they left, so that the summary keeps that and nothing else."""
        for user_id in room.people:
            self.interruptions.forget(user_id, project_id)


def interrupts(event: LoggedEvent, user_id: int) -> bool:
    """Is this person notified here? Not the actor, and not who is told on their own room."""
    return user_id != event.exclude_user and user_id not in event.concerns


def expels(facts: Mapping[str, Any], socket: Socket) -> bool:
    """Does this event end the socket's right to be in the event's room?"""
    match facts:
        case {"removes_user": user_id}:
            return bool(user_id == socket.user_id)
        case {"ends_session": session_id}:
            return bool(session_id == str(socket.session_id))
        case {"closes_room": True} | {"ends_user": True}:
            return True
    return False


def end(socket: Socket, facts: Mapping[str, Any]) -> None:
    """Close a socket whose login or account has ended."""
    match facts:
        case {"ends_user": True}:
            socket.close("account_deactivated", "This account was deactivated.")
        case {"reason": "refresh_token_reused"}:
            socket.close(
                "refresh_token_reused",
                "A refresh token of this login was used twice, so it was ended. Log in again.",
            )
        case _:
            socket.close("logged_out", "You logged out; log in again to reconnect.")
