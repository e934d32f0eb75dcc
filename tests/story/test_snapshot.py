"""The answer to a subscribe holds everything there is to see, and nothing is lost after it."""

import asyncio
import secrets
from itertools import pairwise

from tests.support.clients import Client, Frame
from tests.support.doors import DOORS, Connect, on_each_door
from tests.support.mirror import Mirror, rest_snapshot
from tests.support.people import JSON, Person, Town, place
from tests.support.wire import hears_run, is_cursor_frame, tells


async def a_full_project(town: Town) -> tuple[Person, Person, JSON, str]:
    """A project of Ada's in which rows were changed, so that no order but the ids' is theirs."""
    ada, jane, grace, bob = await town.people("ada", "jane", "grace", "bob")
    project = await town.project(ada, jane, grace, bob)
    path = f"projects/{project['id']}/"
    made = [await ada.post(f"{path}milestones/", {"title": f"M{number}"}) for number in range(4)]
    await ada.patch(
        f"{path}milestones/{made[0]['id']}/", {"progress": 100, "due_date": "2027-01-31"}
    )
    await ada.delete(f"{path}milestones/{made[1]['id']}/")
    await ada.patch(f"{path}members/{jane.id}/", {"role": "viewer", "capacity": 30})
    await ada.delete(f"{path}members/{grace.id}/")
    await ada.patch("me/", {"first_name": "Augusta"})
    await ada.patch(path, {"health": "at_risk", "due_date": "2027-12-31"})
    return ada, jane, project, path


@on_each_door
async def test_it_is_what_rest_shows_and_the_next_frame_is_the_next_event(
    town: Town, connect: Connect
) -> None:
    ada, jane, project, _ = await a_full_project(town)
    room = f"project_{project['id']}"
    client = await connect(jane)

    answer = await client.subscribe(project["id"], snapshot=True)

    shown = await rest_snapshot(jane, project["id"])
    assert len(shown["milestones"]) == len(shown["members"]) == 3
    seq = answer["seq"]
    assert answer == {"ok": True, "room": room, "seq": seq, "snapshot": shown}
    await client.hears_nothing(room=room)
    await tells(ada, project["id"], 3)
    await hears_run(client, room, range(seq + 1, seq + 4))


@on_each_door
async def test_who_is_in_the_room_already_may_ask_for_it_again_and_misses_nothing(
    town: Town, connect: Connect
) -> None:
    ada, jane, project, path = await a_full_project(town)
    room = f"project_{project['id']}"
    client = await connect(jane)
    first = await client.subscribe(project["id"], snapshot=True)
    for number in range(3):
        writing = asyncio.gather(
            *(ada.post(f"{path}milestones/", {"title": f"M{number}"}) for _ in range(4))
        )
        again = await client.subscribe(project["id"], snapshot=True)
        await writing
        end = await _tells_the_end(ada, project)
        await client.hears("notification_received", seq=end)
        assert end == first["seq"] + 5 * (number + 1)
        mirror = Mirror(again["snapshot"])
        for frame in _last_frames(client, room, again["seq"], end):
            mirror.apply(frame)
        assert mirror.picture == Mirror(await rest_snapshot(jane, project["id"])).picture


@on_each_door
async def test_it_needs_an_acknowledgement_and_is_one_beginning(
    town: Town, connect: Connect
) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    client = await connect(jane)
    await client.say("subscribe_project", project_id=project["id"], snapshot=True)
    error = await client.hears("error")
    assert error["code"] == "snapshot_needs_ack"
    assert "acknowledgement" in error["message"]
    both = await client.ask("subscribe_project", project_id=project["id"], snapshot=True, since=0)
    assert both["error"]["code"] == "invalid_field"
    assert "not both" in both["error"]["message"]
    for word in ("yes", 1, None):
        bad = await client.ask("subscribe_project", project_id=project["id"], snapshot=word)
        assert bad["error"]["code"] == "invalid_field"
    await tells(ada, project["id"], 1)  # none of these let her in
    await client.hears_nothing(room=f"project_{project['id']}")


@on_each_door
async def test_an_outsider_is_shown_nothing(town: Town, connect: Connect) -> None:
    ada, mallory = await town.people("ada", "mallory")
    project = await town.project(ada)
    client = await connect(mallory)
    answers = [
        await client.ask("subscribe_project", project_id=project["id"], **snapshot)
        for snapshot in ({"snapshot": True}, {})
    ]
    assert answers[0] == answers[1] == {"ok": False, "error": answers[1]["error"]}
    assert answers[0]["error"]["code"] == "project_not_found"


async def test_while_somebody_writes_each_snapshot_and_what_follows_make_the_next(
    town: Town,
) -> None:
    ada, jane, project, path = await a_full_project(town)
    spare = await town.person("spare")
    clients = [await connect(jane) for connect in list(DOORS.values()) * 2]
    watching = asyncio.gather(*(_ask_again_and_again(client, project) for client in clients))

    async def write_milestones() -> None:
        while not watching.done():
            made = await ada.post(f"{path}milestones/", {"title": "Sprint"})
            await ada.patch(f"{path}milestones/{made['id']}/", {"progress": 100})
            if secrets.randbelow(2):
                await ada.delete(f"{path}milestones/{made['id']}/")

    async def write_members() -> None:
        while not watching.done():
            await ada.post(f"{path}members/", place(spare, "viewer"))
            await ada.patch(f"{path}members/{spare.id}/", {"capacity": secrets.randbelow(100)})
            await ada.patch(path, {"progress": secrets.randbelow(100)})
            await spare.patch("me/", {"first_name": secrets.token_hex(4)})
            await ada.delete(f"{path}members/{spare.id}/")

    _, _, asked = await asyncio.gather(write_milestones(), write_members(), watching)

    end = await _tells_the_end(ada, project)
    shown = await rest_snapshot(jane, project["id"])
    for client, answers in zip(clients, asked, strict=True):
        await client.hears("notification_received", seq=end)
        _last_frames(client, answers[-1]["room"], answers[-1]["seq"], end)
        _each_makes_the_next(client, [*answers, {"seq": end, "snapshot": shown}])


async def _ask_again_and_again(client: Client, project: JSON) -> list[Frame]:
    answers = []
    for _ in range(4):
        answers.append(await client.subscribe(project["id"], snapshot=True))
        await asyncio.sleep(0.2 + secrets.randbelow(300) / 1000)
    return answers


async def _tells_the_end(ada: Person, project: JSON) -> int:
    path = f"projects/{project['id']}/notify/"
    end: int = (await ada.post(path, {"event_type": "end_of_test", "title": "End"}))["seq"]
    return end


def _last_frames(client: Client, room: str, after: int, until: int) -> list[Frame]:
    """The last cursor frames heard: those after one seq until another, in order, each once."""
    frames = [frame for frame in client.frames if is_cursor_frame(frame, room)][after - until :]
    assert [frame["seq"] for frame in frames] == list(range(after + 1, until + 1))
    return frames


def _each_makes_the_next(client: Client, answers: list[Frame]) -> None:
    """A snapshot and the frames that follow it are the next snapshot.

    What a client was not sent before it asked again is in the answer, so such a pair says nothing.
    """
    heard = {f["seq"]: f for f in client.frames if is_cursor_frame(f, answers[0]["room"])}
    compared = 0
    for one, next_one in pairwise(answers):
        between = range(one["seq"] + 1, next_one["seq"] + 1)
        if heard.keys() >= set(between):
            mirror = Mirror(one["snapshot"])
            for seq in between:
                mirror.apply(heard[seq])
            assert mirror.picture == Mirror(next_one["snapshot"]).picture
            compared += 1
    assert compared >= len(answers) // 2
