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

Authorise = Callable[[Room], Awaitable[None]]
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
        name = project_room(project_id)

        async def authorise(room: Room) -> None:
            await require_membership(project_id, socket.user_id)
            if not room.holds(socket) and room.taken() >= self._places:
                raise Limited(
                    "project_full",
                    f"{self._places} connections watch this project on this server already. "
                    "Close other tabs, or try again later.",
                )

        await self.follow(socket, name, authorise, since, answer)

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
        """Authorise, answer, replay, and join in the turn in which the cursors meet."""
        room = self._rooms.enter_as_guest(name)
        try:
            head = await self._ask(room, socket, authorise)
            if room.holds(socket) and since is None:
                answer({"ok": True, "room": name, "seq": room.delivered})
                return
            self._rooms.leave(name, socket)
            answer({"ok": True, "room": name, "seq": head})
            cursor = self._begin(room, socket, head, since)
            while not await self._bring_in(room, socket, head, cursor):
                # The log has a hole there: ask again, for what was in it may have been a removal.
                cursor = head = await self._ask(room, socket, authorise)
                socket.send(_resync(room, "trimmed", head))
        finally:
            room.entering.discard(socket)
            self._rooms.leave_as_guest(room)

    async def _ask(self, room: Room, socket: Socket, authorise: Authorise) -> int:
        """The room's head, as of a moment at which the socket had the right to enter.

        The head is read before the right is asked for, in one snapshot, so an event that takes the
        right away is either seen by the question or above the head, and met on the way in.
        """
        async with transaction(snapshot=True):
            head = (await heads([room.name])).get(room.name, 0)
            await authorise(room)
            room.entering.add(socket)
        return head

    def _begin(self, room: Room, socket: Socket, head: int, since: int | None) -> int:
        """Where the replay begins."""
        if room.delivered is None:
            room.delivered = head
        if since is None:
            return head
        if reason := refuse_replay(since, head, self._replay_limit):
            socket.send(_resync(room, reason, head))
            return head
        return since

    async def _bring_in(self, room: Room, socket: Socket, head: int, cursor: int) -> bool:
        """Replay until the socket has what the room has, then join; False at a hole in the log."""
        while cursor != (delivered := room.delivered or 0):
            if delivered < cursor:
                await self._fanout.catch_up(room)
                continue
            events = await read_log(room.name, after=cursor, limit=BATCH)
            if not events or not is_dense(cursor, [event.seq for event in events]):
                return False
            for event in events:
                if event.seq > head and expels(event.facts, socket):
                    self._turn_away(room, socket, event)
                    return True
                self._replay(socket, event)
            cursor = events[-1].seq
        self._rooms.join(room, socket)
        if room.hinted > cursor:
            self._fanout.catch_up_soon(room)
        return True

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
