"""Who lost what: pure decisions over what clients heard and what the log says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.chaos.subscriber import Heard, Subscriber
from tests.chaos.truth import Logged, Truth
from tests.support.people import JSON, Person

PLACE = ("type", "action", "room", "seq")
"""What a state frame says beside the view that REST shows."""


class Tally(NamedTuple):
    """What a client heard of a room, or of all, counted in cursor frames."""

    delivered: int = 0
    lost: int = 0
    twice: int = 0
    disordered: int = 0


def count(seqs: Iterable[int], head: int) -> Tally:
    """Judge the raw stream of a room for a client that was owed 1 … `head`.

    It always came back from the last frame it took, so each frame must be the next: one at or
    below the cursor was applied twice, one beyond the next came out of order.
    """
    delivered = twice = disordered = cursor = 0
    seen: set[int] = set()
    for seq in seqs:
        delivered += 1
        twice += seq <= cursor
        disordered += seq > cursor + 1
        cursor = max(cursor, seq)
        seen.add(seq)
    return Tally(delivered, len(set(range(1, head + 1)) - seen), twice, disordered)


def total(tallies: Iterable[Tally]) -> Tally:
    return Tally(*(sum(column) for column in zip(*tallies, strict=True)))


def state_from(frames: Iterable[JSON]) -> JSON:
    """The project and its milestones, as the frames of its room tell them from the first on."""
    project: JSON = {}
    milestones: dict[int, JSON] = {}
    for frame in frames:
        view = {name: frame[name] for name in frame if name not in PLACE}
        if frame["type"] == "project_updated":
            del view["project_id"]
            project = view
        elif frame["type"] == "milestone_changed":
            milestones[view["id"]] = view
            if frame["action"] == "deleted":
                del milestones[view["id"]]
    return {"project": project, "milestones": milestones}


@dataclass
class Row:
    """One client in the table; times in seconds."""

    client: Subscriber
    tally: Tally
    delays: list[float]
    complaints: list[str]


def judge(client: Subscriber, truth: Truth) -> Row:
    """Everything that one client heard, against the truth."""
    tallies: list[Tally] = []
    delays: list[float] = []
    wrong = [*client.complaints, *_not_for(client, truth)]
    for room, heard in client.heard.items():
        log = {event.seq: event for event in truth.log.get(room, ())}
        removed_at = truth.removals.get((room, client.person.id))
        tally = count((one.seq for one in heard), _owed(heard, len(log), removed_at))
        tallies.append(tally)
        if tally.lost or tally.twice or tally.disordered:
            wrong.append(f"{room}: {tally}")
        if altered := [one.frame for one in heard if one.frame != _cursor_frame(room, one, log)]:
            wrong.append(f"{room}: {len(altered)} frames are not what the log says: {altered[0]}")
        happened = {seq: event.created_at.timestamp() for seq, event in log.items()}
        delays += [one.at - at for one in heard if (at := happened.get(one.seq, 0)) > client.born]
        if removed_at is None:
            wrong += _stayed(client, room, heard, truth)
        elif leaked := [one.seq for one in heard if one.seq > removed_at]:
            wrong.append(f"{room}: heard {leaked} after the removal at {removed_at}")
    return Row(client, total(tallies), delays, [f"{client.name}: {one}" for one in wrong])


def _not_for(client: Subscriber, truth: Truth) -> list[str]:
    """Notifications of what the log does not know, or of projects that they are not on."""
    wrong = []
    for notice in client.notices:
        room, seq = truth.places.get(notice, ("the log", 0))
        removed_at = truth.removals.get((room, client.person.id))
        if room not in client.heard:
            wrong.append(f"notified of {notice}, which is in {room} at {seq}")
        elif removed_at and seq > removed_at:
            wrong.append(f"{room}: notified of {seq} after the removal at {removed_at}")
    return wrong


def _cursor_frame(room: str, one: Heard, log: Mapping[int, Logged]) -> JSON | None:
    """What had to be heard in its place; None: nothing."""
    if one.seq not in log:
        return None
    content = log[one.seq].body.get("state") or {"type": "room_head"}
    return {**content, "room": room, "seq": one.seq}


def _owed(heard: Sequence[Heard], head: int, removed_at: int | None) -> int:
    """Up to which seq: all, or what was heard where they were taken off."""
    if removed_at is None:
        return head
    return min(removed_at, max((one.seq for one in heard), default=0))


def _stayed(client: Subscriber, room: str, heard: Sequence[Heard], truth: Truth) -> list[str]:
    wrong = []
    if room in client.shut_out:
        wrong.append(f"{room}: refused, though a member")
    if resyncs := [frame for frame in client.resyncs if frame["room"] == room]:
        wrong.append(f"{room}: told to resync: {resyncs}")
    if room in truth.snapshots and state_from(h.frame for h in heard) != truth.snapshots[room]:
        wrong.append(f"{room}: what the frames tell is not what REST shows")
    return wrong


def behind(
    clients: Collection[Subscriber], heads: Mapping[str, int], left: Collection[tuple[int, Person]]
) -> list[str]:
    """Who is not back yet, or has not heard all of the rooms they follow and did not leave."""
    gone = {(f"project_{project}", person.id) for project, person in left}
    away = [f"{client.name} is not connected" for client in clients if not client.back]
    return away + [
        f"{client.name} is at {cursor} of {heads[room]} in {room}"
        for client in clients
        for room, cursor in client.cursors.items()
        if cursor < heads[room] and (room, client.person.id) not in gone
    ]
