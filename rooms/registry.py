"""The rooms of this server: who is in each, and how far each was delivered."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

from events.bus import Bus
from rooms.frames import Frame
from rooms.places import Places


class Socket(Protocol):
    """A client's connection, on whichever door. None of its methods raises."""

    user_id: int
    session_id: UUID
    closed: bool

    def send(self, frame: Frame) -> None:
        """Queue a frame behind everything sent before."""

    def close(self, code: str, message: str) -> None:
        """Say why in an `error` frame, then end the connection so that it stays ended."""

    def retire(self) -> None:
        """End the transport, so that the client comes back by itself and resumes."""

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent, or is gone.

        The only method that waits: for what is sent to one socket alone, and may be much.
        """


class Room:
    """A room with at least one socket on this server, or one on its way in.

    guests: how many are finding out whether they may enter, and what they have missed
    entering: those of them who may
    delivered, delivered_id: the last seq that was delivered, and the event's id if we know it
    counted: its places are limited, so the other servers hear how many are taken here
    sockets, people: who is in, in the order they came, and by user id
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.delivered: int | None = None
        self.delivered_id: str | None = None
        self.hinted = 0
        self.guests = 0
        self.entering: set[Socket] = set()
        self.counted = False
        self.sockets: dict[Socket, None] = {}
        self.people: dict[int, set[Socket]] = defaultdict(set)

    def taken(self) -> int:
        """How many places are taken: by who is in, and by who may come in."""
        return len(self.sockets) + sum(socket not in self.sockets for socket in self.entering)

    def add(self, socket: Socket) -> None:
        self.sockets[socket] = None
        self.people[socket.user_id].add(socket)

    def discard(self, socket: Socket) -> None:
        del self.sockets[socket]
        theirs = self.people[socket.user_id]
        theirs.discard(socket)
        if not theirs:
            del self.people[socket.user_id]


class Rooms:
    """Every room of this server; the bus is told which ones to listen to, and others how full."""

    def __init__(self, bus: Bus, places: Places) -> None:
        self._bus = bus
        self._places = places
        self._rooms: dict[str, Room] = {}
        self._joined: dict[Socket, set[str]] = {}

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def get(self, name: str) -> Room | None:
        return self._rooms.get(name)

    def enter_as_guest(self, name: str) -> Room:
        """Keep the room open, and listened to, while a socket finds out what it has missed."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name)
            self._bus.listen(name)
        room.guests += 1
        return room

    def leave_as_guest(self, room: Room) -> None:
        room.guests -= 1
        self._forget_if_empty(room)

    def join(self, room: Room, socket: Socket) -> None:
        """From now on the socket hears what the room hears; one that closed meanwhile does not."""
        if socket.closed:
            return
        room.add(socket)
        self._joined.setdefault(socket, set()).add(room.name)

    def leave(self, name: str, socket: Socket) -> None:
        """The socket hears the room no more. Leaving a room one is not in is harmless."""
        self._joined.get(socket, set()).discard(name)
        room = self._rooms.get(name)
        if room is None or socket not in room.sockets:
            return
        room.discard(socket)
        self.tell_places(room)
        self._forget_if_empty(room)

    def tell_places(self, room: Room) -> None:
        """Somebody left, or has come in, or has not after all."""
        if room.counted:
            self._places.tell(room.name, room.taken())

    def leave_all(self, socket: Socket) -> None:
        """The socket is gone."""
        for name in self._joined.pop(socket, set()):
            self.leave(name, socket)

    def evict(self, room: Room, user_id: int) -> None:
        """Close the room to a person, on every connection of theirs."""
        for socket in list(room.people.get(user_id, ())):
            self.leave(room.name, socket)

    def evict_everybody(self, room: Room) -> None:
        for socket in list(room.sockets):
            self.leave(room.name, socket)

    def _forget_if_empty(self, room: Room) -> None:
        if room.guests == 0 and not room.sockets and room.name in self._rooms:
            del self._rooms[room.name]
            self._bus.unlisten(room.name)
