"""How a socket comes into a room: authorised, caught up, and live without a gap or an overlap."""

from collections.abc import Awaitable, Callable
from typing import Any

from events.log import LoggedEvent, heads, read_log
from events.names import project_room
from models.refusals import Limited
from models.transaction import transaction
from rooms.access import require_membership
from rooms.cursor import ResyncReason, is_dense, refuse_replay
from rooms.fanout import BATCH, Fanout, end, expels, interrupts
from rooms.frames import Frame, cursor_frame, people_frame
from rooms.registry import Room, Rooms, Socket

Authorise = Callable[[], Awaitable[Any]]
Answer = Callable[[dict[str, Any]], None]


class Doorkeeper:
    """Lets sockets into rooms.

    places: how many sockets a project room holds on this server
    replay_limit: how many missed events are replayed before a snapshot is the better way
    """

    def __init__(self, rooms: Rooms, fanout: Fanout, *, places: int, replay_limit: int) -> None:
        self._rooms = rooms
        self._fanout = fanout
        self._places = places
        self._replay_limit = replay_limit

    async def subscribe(
        self, socket: Socket, project_id: int, since: int | None, answer: Answer
    ) -> None:
        """Let a member watch a project, from `since` on where it is given.

        Raises NotFound for outsiders and Limited where the room is full. (Seed 003.)
        """

        async def authorise() -> None:
            await require_membership(project_id, socket.user_id)
            room = self._rooms.get(project_room(project_id))
            if room and not room.holds(socket) and room.count() + room.guests > self._places:
                raise Limited(
                    "project_full",
                    f"{self._places} connections watch this project on this server already. "
                    "Close other tabs, or try again later.",
                )

        await self.follow(socket, project_room(project_id), authorise, since, answer)

    def unsubscribe(self, socket: Socket, project_id: int) -> None:
        """Leave a project's room. Leaving one that one is not in is harmless. (Seed 003.)"""
        self._rooms.leave(project_room(project_id), socket)

    async def follow(
        self,
        socket: Socket,
        name: str,
        authorise: Authorise,
        since: int | None,
        answer: Answer,
    ) -> None:
        """Authorise, answer, replay, and join in the turn in which the cursors meet.

        The head is read before the right is asked for, in one snapshot, so an event that takes the
        right away is either seen by the question or above the head and met on the way in.
        """
        room = self._rooms.enter_as_guest(name)
        try:
            async with transaction(snapshot=True):
                head = (await heads([name])).get(name, 0)
                await authorise()
            if room.holds(socket) and since is None:
                answer({"ok": True, "room": name, "seq": room.delivered})
                return
            self._rooms.leave(name, socket)
            answer({"ok": True, "room": name, "seq": head})
            await self._bring_in(room, socket, head, since)
        finally:
            self._rooms.leave_as_guest(room)

    async def _bring_in(self, room: Room, socket: Socket, head: int, since: int | None) -> None:
        cursor = head if since is None else since
        if reason := refuse_replay(cursor, head, self._replay_limit):
            socket.send(_resync(room, reason, head))
            cursor = head
        if room.delivered is None:
            room.delivered = head
        while cursor != room.delivered:
            if room.delivered < cursor:
                await self._fanout.catch_up(room)
                continue
            events = await read_log(room.name, after=cursor, limit=BATCH)
            if not events or not is_dense(cursor, [event.seq for event in events]):
                socket.send(_resync(room, "trimmed", room.delivered))
                cursor = room.delivered
                continue
            for event in events:
                if event.seq > head and expels(event.facts, socket):
                    self._turn_away(room, socket, event)
                    return
                self._replay(socket, event)
            cursor = events[-1].seq
        self._rooms.join(room, socket)
        if room.hinted > room.delivered:
            self._fanout.catch_up_soon(room)

    def _replay(self, socket: Socket, event: LoggedEvent) -> None:
        socket.send(cursor_frame(event))
        notice = people_frame(event)
        if (
            notice
            and interrupts(event, socket.user_id)
            and self._fanout.interruptions.admit(socket.user_id, notice)
        ):
            socket.send(notice)

    def _turn_away(self, room: Room, socket: Socket, event: LoggedEvent) -> None:
        if "ends_session" in event.facts or "ends_user" in event.facts:
            end(socket, event.facts)
        else:
            socket.send(_resync(room, "forbidden", event.seq))


def _resync(room: Room, reason: ResyncReason, seq: int) -> Frame:
    return Frame({"type": "resync", "room": room.name, "reason": reason, "seq": seq})
