"""What a socket would replay, over HTTP; and what is said when the log no longer knows."""

from pathlib import Path

from tests.support.people import Town
from tests.support.wire import becomes, own_server, tells


async def test_the_frames_of_the_room_come_page_by_page(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    room = f"project_{project['id']}"
    watching = await jane.on_plain()
    await watching.subscribe(project["id"])
    await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
    await tells(ada, project["id"], 4)
    live = [await watching.hears("project_updated", health="at_risk")]
    live += [await watching.hears("room_head", room=room) for _ in range(4)]

    path = f"projects/{project['id']}/events/"
    first = await jane.get(f"{path}?since=1&limit=3")
    assert first == {"room": room, "seq": 6, "items": live[:3], "next": 4}
    rest = await jane.get(f"{path}?since={first['next']}&limit=3")
    assert rest == {"room": room, "seq": 6, "items": live[3:], "next": None}
    assert await jane.get(f"{path}?since=6") == {"room": room, "seq": 6, "items": [], "next": None}


async def test_outsiders_learn_nothing(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada)
    foreign = await jane.call("GET", f"projects/{project['id']}/events/?since=0")
    unknown = await jane.call("GET", "projects/2000000000/events/?since=0")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"] == "project_not_found"


async def test_a_cursor_beyond_the_log_is_told_to_read_anew(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    response = await ada.call("GET", f"projects/{project['id']}/events/?since=7")
    assert response.status_code == 410
    problem = response.json()
    assert (problem["code"], problem["reason"], problem["seq"]) == ("resync", "log_reset", 1)


async def test_bad_cursors_are_named(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    for query, field in (
        ("", "since"),
        ("?since=x", "since"),
        ("?since=-1", "since"),
        ("?since=0&limit=0", "limit"),
        ("?since=0&limit=101", "limit"),
    ):
        response = await ada.call("GET", f"projects/{project['id']}/events/{query}")
        assert response.status_code == 422
        assert [one["field"] for one in response.json()["errors"]] == [field]


async def test_what_is_kept_no_longer_cannot_be_replayed_and_seqs_go_on(tmp_path: Path) -> None:
    async with own_server(tmp_path, ROOMCAST_EVENT_RETENTION="1") as town:
        ada = await town.person("ada")
        project = await town.project(ada)
        room = f"project_{project['id']}"
        await tells(ada, project["id"], 3)
        watching = await ada.on_plain()
        await watching.subscribe(project["id"])

        path = f"projects/{project['id']}/events/?since=1"

        async def status() -> int:
            return (await ada.call("GET", path)).status_code

        await becomes(status, 410, within=10)
        problem = (await ada.call("GET", path)).json()
        assert (problem["reason"], problem["seq"]) == ("trimmed", 4)

        for client in [await ada.on_plain(), await ada.on_python()]:
            await client.subscribe(project["id"], since=1)
            resync = {"type": "resync", "room": room, "reason": "trimmed", "seq": 4}
            assert await client.hears("resync") == resync
        await tells(ada, project["id"], 1)
        for person_client in ada.clients:
            assert (await person_client.hears("room_head", room=room))["seq"] == 5
            await person_client.hears_nothing(0.1, type="resync")
