"""Whoever comes back says it all at once: every room, and how far they had come in each."""

import asyncio
import secrets
from itertools import count
from pathlib import Path

from tests.conftest import NewDatabase
from tests.support.clients import Client, Cursors
from tests.support.doors import DOORS, Connect, on_each_door
from tests.support.people import JSON, Person, Town
from tests.support.server import running
from tests.support.wire import cursors, hears_run, tells


def room_of(project: JSON) -> str:
    return f"project_{project['id']}"


def own_room(person: Person) -> str:
    return f"user_{person.id}"


def notices(client: Client, room: str) -> list[int]:
    """The seqs of the room's notifications, as they came."""
    return [
        frame["seq"]
        for frame in client.frames
        if frame["type"] == "notification_received" and frame["room"] == room
    ]


async def comes_to_know(ada: Person, jane: Person, town: Town) -> tuple[JSON, JSON, Cursors]:
    """Jane watches two projects of Ada's, and leaves: how far she has come in her three rooms."""
    client = await jane.on_plain()
    first, second = await town.project(ada, jane), await town.project(ada, jane)
    for project in (first, second):
        told = await client.hears("project_updated", room=own_room(jane), id=project["id"])
    seqs = {room_of(p): (await client.subscribe(p["id"]))["seq"] for p in (first, second)}
    await client.leave()
    return first, second, {own_room(jane): told["seq"], **seqs}


async def is_told(jane: Person, ada: Person, town: Town) -> None:
    """Something happens on Jane's own room, and is there."""
    witness = await jane.on_plain()
    project = await town.project(ada, jane)
    await witness.hears("project_updated", room=own_room(jane), id=project["id"])
    await witness.leave()


@on_each_door
async def test_what_was_missed_in_every_room_comes_first_and_then_what_happens(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    first, second, seen = await comes_to_know(ada, jane, town)
    own = own_room(jane)
    await tells(ada, first["id"], 3)
    await tells(ada, second["id"], 20)
    await is_told(jane, ada, town)

    client = await connect(jane, seen)
    await hears_run(client, own, range(3, 4))
    await hears_run(client, room_of(first), range(2, 5))
    await hears_run(client, room_of(second), range(2, 22))
    await tells(ada, first["id"], 2)
    await tells(ada, second["id"], 2)
    await is_told(jane, ada, town)
    for room, seqs in ((room_of(first), range(2, 7)), (room_of(second), range(2, 24))):
        await hears_run(client, room, seqs)
        await client.hears("notification_received", room=room, seq=seqs[-1])
        assert notices(client, room) == list(seqs)[:-1]
    await hears_run(client, own, range(3, 5))
    await client.hears("notification_received", room=own, seq=4)
    assert notices(client, own) == [3]
    assert not [frame for frame in client.frames if frame["room"] not in seen]


@on_each_door
async def test_whoever_missed_nothing_hears_nothing_and_then_what_happens(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    first, second, seen = await comes_to_know(ada, jane, town)
    client = await connect(jane, seen)
    await client.hears_nothing()
    assert client.own_head is None
    await tells(ada, first["id"], 1)
    await tells(ada, second["id"], 1)
    for project in (first, second):
        await hears_run(client, room_of(project), range(2, 3))


@on_each_door
async def test_without_a_cursor_for_their_own_room_they_are_told_where_it_stands(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    first, _, seen = await comes_to_know(ada, jane, town)
    own_seq = seen.pop(own_room(jane))
    await tells(ada, first["id"], 1)
    client = await connect(jane, seen)
    await hears_run(client, room_of(first), range(2, 3))
    assert client.own_head == own_seq == 2
    await is_told(jane, ada, town)
    await hears_run(client, own_room(jane), range(3, 4))


@on_each_door
async def test_who_was_added_and_removed_meanwhile_hears_of_it_on_their_own_room(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    first, _, seen = await comes_to_know(ada, jane, town)
    new = await town.project(ada)
    await ada.post(f"projects/{new['id']}/members/", {"user_id": jane.id})
    await ada.delete(f"projects/{first['id']}/members/{jane.id}/")
    await is_told(jane, ada, town)

    client = await connect(jane, {own_room(jane): seen[own_room(jane)], room_of(first): 1})

    frames = [await client.hears("team_member_changed") for _ in range(2)]
    assert [(f["room"], f["project_id"], f["action"]) for f in frames] == [
        (own_room(jane), new["id"], "created"),
        (own_room(jane), first["id"], "deleted"),
    ]
    forbidden = {"type": "resync", "room": room_of(first), "reason": "forbidden", "seq": 1}
    assert await client.hears("resync") == forbidden
    await tells(ada, first["id"], 1)
    await client.hears_nothing(room=room_of(first))


@on_each_door
async def test_resuming_later_is_resuming(town: Town, connect: Connect) -> None:
    ada, jane = await town.people("ada", "jane")
    first, second, seen = await comes_to_know(ada, jane, town)
    await tells(ada, first["id"], 3)
    await is_told(jane, ada, town)
    asks, says = await connect(jane), await connect(jane)

    assert await asks.ask("resume", rooms={**seen, "kitchen": 7}) == {"ok": True}
    await says.say("resume", rooms={**seen, "kitchen": 7})

    forbidden = {"type": "resync", "room": "kitchen", "reason": "forbidden", "seq": 7}
    for client in (asks, says):
        assert await client.hears("resync") == forbidden
        await hears_run(client, own_room(jane), range(3, 4))
    await tells(ada, second["id"], 1)
    for client in (asks, says):
        await hears_run(client, room_of(first), range(2, 5))
        await hears_run(client, room_of(second), range(2, 3))
        await client.hears_nothing(type="ack")


@on_each_door
async def test_who_is_in_the_rooms_already_gets_the_replay_again_and_goes_on(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    first, _, seen = await comes_to_know(ada, jane, town)
    client = await connect(jane, seen)
    await tells(ada, first["id"], 3)
    await is_told(jane, ada, town)
    await hears_run(client, own_room(jane), range(3, 4))
    await hears_run(client, room_of(first), range(2, 5))
    for _ in range(3):
        client.frames.clear()
        await asyncio.gather(tells(ada, first["id"], 4), client.ask("resume", rooms=seen))
        await tells(ada, first["id"], 1)
        await hears_run(client, own_room(jane), range(3, 4))
        head = (await client.subscribe(first["id"]))["seq"]
        again = cursors(client, room_of(first))
        replayed = again.index(2)  # what was live before the frame came, then the replay
        assert again[replayed:] == list(range(2, head + 1))
        assert again[:replayed] == list(range(head - 4, head - 4 + replayed))


async def test_who_comes_and_goes_while_somebody_writes_misses_nothing(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    first, second, start = await comes_to_know(ada, jane, town)
    visitors = asyncio.gather(
        *(_come_and_go(jane, connect, start) for connect in [*DOORS.values(), DOORS["plain"]] * 2)
    )

    async def write(project: JSON) -> None:
        for number in count():
            await tells(ada, project["id"], 3)
            if number % 4 == 0:
                await town.project(ada, jane)  # she is told on her own room
            if visitors.done():
                return

    _, _, heard = await asyncio.gather(write(first), write(second), visitors)

    for room, since in start.items():
        for seqs in heard:
            assert seqs[room] == list(range(since + 1, since + 1 + len(seqs[room])))
            assert len(seqs[room]) > 1
    head = max(seqs[room_of(first)][-1] for seqs in heard)
    assert head > 10


async def _come_and_go(person: Person, connect: Connect, seen: Cursors) -> dict[str, list[int]]:
    """Four times: resume, listen for a while, leave. Returns the seqs heard in each room."""
    heard: dict[str, list[int]] = {room: [] for room in seen}
    for _ in range(4):
        client = await connect(person, {room: (heard[room] or [seen[room]])[-1] for room in seen})
        await asyncio.sleep(0.2 + secrets.randbelow(500) / 1000)
        await client.leave()
        assert not [frame for frame in client.frames if frame["type"] in ("resync", "error")]
        for room in heard:
            heard[room] += cursors(client, room)
    return heard


@on_each_door
async def test_cursors_beyond_the_log_begin_again_at_its_head(town: Town, connect: Connect) -> None:
    ada, jane = await town.people("ada", "jane")
    first, _, seen = await comes_to_know(ada, jane, town)
    own, room = own_room(jane), room_of(first)
    client = await connect(jane, {own: seen[own] + 1, room: 2**53 - 1})
    for name, seq in ((own, 2), (room, 1)):
        resync = {"type": "resync", "room": name, "reason": "log_reset", "seq": seq}
        assert await client.hears("resync", room=name) == resync
    await client.hears_nothing()
    await tells(ada, first["id"], 1)
    await is_told(jane, ada, town)
    await hears_run(client, room, range(2, 3))
    await hears_run(client, own, range(3, 4))


async def test_who_missed_too_much_in_one_room_is_told_the_others_all_the_same(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    with running(tmp_path, new_database(), ROOMCAST_REPLAY_LIMIT="5") as server:
        async with Town(server.url) as town:
            ada, jane = await town.people("ada", "jane")
            first, second, seen = await comes_to_know(ada, jane, town)
            await tells(ada, first["id"], 6)
            await tells(ada, second["id"], 5)
            for connect in DOORS.values():
                client = await connect(jane, seen)
                await hears_run(client, room_of(second), range(2, 7))
                resync = {"type": "resync", "room": room_of(first), "reason": "too_far", "seq": 7}
                assert await client.hears("resync") == resync
                await client.hears_nothing(0.2, room=room_of(first))
            await tells(ada, first["id"], 1)
            for client in jane.clients[1:]:
                await hears_run(client, room_of(first), range(8, 9))
