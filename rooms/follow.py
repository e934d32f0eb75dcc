"""How a socket comes into a room: authorised, caught up, and live without a gap or an overlap."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from events.log import LoggedEvent, read_log
from events.names import project_of, project_room
from models.project import Project
from models.refusals import Limited
from models.transaction import transaction
from rooms.access import heads_for_member, require_head
from rooms.cursor import ResyncReason, is_dense, refuse_replay
from rooms.fanout import BATCH, Fanout, end, expels, interrupts
from rooms.frames import Body, cursor_frame, error_frame, people_frame, resync_frame
from rooms.places import Places
from rooms.registry import Room, Rooms, Socket
from rooms.snapshot import view_everything

Answer = Callable[[Body], None]


class Entry(NamedTuple):
    """A right to enter: the room's head at a moment at which it held, and the state as of then.

    Both are of one snapshot, so an event that takes the right away is either seen by the question
    or above the head, and met on the way in.
    """

    head: int
    snapshot: Body | None = None


Ask = Callable[[], Awaitable[Entry]]
"""Raises where the socket may not enter."""


class Doorkeeper:
    """Lets sockets into rooms.

    most: how many sockets a project's room holds over all servers
    replay_limit: how many missed events are replayed before a snapshot is the better way
    """

    def __init__(
        self, rooms: Rooms, fanout: Fanout, places: Places, *, most: int, replay_limit: int
    ) -> None:
        self._rooms = rooms
        self._fanout = fanout
        self._places = places
        self._most = most
        self._replay_limit = replay_limit

    async def subscribe(
        self,
        socket: Socket,
        project_id: int,
        answer: Answer,
        *,
        since: int | None = None,
        snapshot: bool = False,
        entry: Entry | None = None,
    ) -> None:
        """Let a member watch a project: from `since` on, or from a snapshot in the answer on.

        entry: the right to, where it was asked for already
        Raises NotFound for outsiders and Limited where the room is full. (Seed 003.)
        """
        ask = partial(_ask, project_id, socket.user_id, snapshot=snapshot)
        name, most = project_room(project_id), self._most
        await self.follow(socket, name, ask, answer, since=since, most=most, entry=entry)

    def unsubscribe(self, socket: Socket, project_id: int) -> None:
        """Leave a project's room. Leaving one that one is not in is harmless. (Seed 003.)"""
        self._rooms.leave(project_room(project_id), socket)

    async def resume(self, socket: Socket, cursors: Mapping[str, int]) -> None:
        """Let a socket back into its projects' rooms, each from the seq that it has come to.

        What it may not see, or what there is not, answers alike: `resync` as forbidden.
        """
        named = {room: project_of(room) for room in cursors}
        entries = await _ask_for_all(socket.user_id, filter(None, named.values()))
        # All at once: what happens in the last while the first are caught up is heard, too.
        held = [self._rooms.enter_as_guest(project_room(project_id)) for project_id in entries]
        try:
            for room, since in cursors.items():
                if socket.closed:
                    return
                if entry := entries.get(project_id := named[room] or 0):
                    await self._come_back(socket, project_id, since, entry)
                else:
                    socket.send(resync_frame(room, "forbidden", since))
        finally:
            for guest in held:
                self._rooms.leave_as_guest(guest)

    async def follow(
        self,
        socket: Socket,
        name: str,
        ask: Ask,
        answer: Answer,
        *,
        since: int | None = None,
        most: int | None = None,
        entry: Entry | None = None,
    ) -> None:
        """Ask, answer, replay, and join in the turn in which the cursors meet.

        entry: what the answer was, where it was asked already
        """
        room = self._rooms.enter_as_guest(name)
        try:
            head, snapshot = entry or await ask()
            room.entering.add(socket)
            if most and socket not in room.sockets:
                room.counted = True
                # Of two who come for the last place one is the second.
                if not await self._places.allow(name, room.taken(), most):
                    raise _full(most)
            if socket in room.sockets and since is None and snapshot is None:
                answer({"ok": True, "room": name, "seq": room.delivered})
                return
            self._rooms.leave(name, socket)
            shown = {} if snapshot is None else {"snapshot": snapshot}
            answer({"ok": True, "room": name, **shown, "seq": head})
            await self._catch_up(room, socket, ask, head, since)
        finally:
            room.entering.discard(socket)
            self._rooms.tell_places(room)  # who left since it asked was counted with it
            self._rooms.leave_as_guest(room)

    async def _come_back(self, socket: Socket, project_id: int, since: int, entry: Entry) -> None:
        try:
            await self.subscribe(socket, project_id, _say_nothing, since=since, entry=entry)
        except Limited as full:
            room = project_room(project_id)
            socket.send(error_frame(full.code, full.message, **full.extra, room=room))

    async def _catch_up(
        self, room: Room, socket: Socket, ask: Ask, head: int, since: int | None
    ) -> None:
        try:
            cursor = self._begin(room, socket, head, since)
            while (lost_at := await self._bring_in(room, socket, head, cursor)) is not None:
                # The log has a hole there: ask again, for what was in it may have been a removal.
                delivered = room.delivered or 0
                head, _ = await ask()
                if delivered > head:
                    self._fanout.lose_place(room, head)
                reason: ResyncReason = "log_reset" if max(lost_at, delivered) > head else "trimmed"
                socket.send(resync_frame(room.name, reason, head))
                cursor = self._begin(room, socket, head, None)
        except BaseException:
            # It was told that it is in, and would hear nothing: it has to come back and ask again.
            socket.retire()
            raise

    def _begin(self, room: Room, socket: Socket, head: int, since: int | None) -> int:
        """Where the replay begins."""
        if room.delivered is None:
            room.delivered = head
        if since is None:
            return head
        if reason := refuse_replay(since, head, self._replay_limit):
            socket.send(resync_frame(room.name, reason, head))
            return head
        return since

    async def _bring_in(self, room: Room, socket: Socket, head: int, cursor: int) -> int | None:
        """Replay until the socket has what the room has, then join; None when it is done.

        Where the log does not go on, returns the cursor that it goes on from for nobody.
        """
        while cursor != room.delivered:
            if socket.closed:
                return None
            if room.delivered is None:
                return cursor  # the room lost its place
            if room.delivered < cursor:
                await self._fanout.catch_up(room, cursor)
                continue
            events = await read_log(room.name, after=cursor, limit=BATCH)
            if not events or not is_dense(cursor, [event.seq for event in events]):
                return cursor
            for event in events:
                if event.seq > head and expels(event.facts, socket):
                    self._turn_away(room, socket, event)
                    return None
                self._replay(socket, event)
                await socket.drained()
            cursor = events[-1].seq
        self._rooms.join(room, socket)
        if room.hinted > cursor:
            self._fanout.catch_up_soon(room, room.hinted)
        return None

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
            socket.send(resync_frame(room.name, "forbidden", event.seq))


async def _ask(project_id: int, user_id: int, *, snapshot: bool) -> Entry:
    if not snapshot:
        return Entry(await require_head(project_id, user_id))
    async with transaction(snapshot=True):
        head = await require_head(project_id, user_id)
        return Entry(head, await view_everything(await Project.get(id=project_id)))


async def _ask_for_all(user_id: int, project_ids: Iterable[int]) -> dict[int, Entry]:
    """One question for all projects; whoever is no member of one finds nothing there."""
    heads = await heads_for_member(user_id, project_ids)
    return {project_id: Entry(head) for project_id, head in heads.items()}


def _full(most: int) -> Limited:
    return Limited(
        "project_full",
        f"{most} connections watch this project already. Close other tabs, or try again later.",
        retry_after=30,
    )


def _say_nothing(_: Body) -> None:
    """Whoever resumes asked for no answer."""
