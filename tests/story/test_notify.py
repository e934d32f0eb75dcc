"""POST projects/{id}/notify/: a backend that is not ours tells a team what happened there."""

from typing import Any

import pytest

from tests.support.clients import Client
from tests.support.people import JSON, Person, Town, refusal
from tests.support.server import Server

UNKNOWN = 2**31 - 1
BUILD: JSON = {
    "event_type": "build_finished",
    "title": "Build Finished",
    "message": "Build 7 is green",
    "data": {"build": 7, "stages": ["lint", "test"], "at": None},
}


async def a_team(town: Town) -> tuple[Person, Person, JSON, str]:
    """Ada, Jane, their project, and the path to notify it."""
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    return ada, jane, project, f"projects/{project['id']}/notify/"


async def test_a_notice_reaches_everybody_who_watches_field_by_field(town: Town) -> None:
    ada, jane, project, path = await a_team(town)
    room = {"room": f"project_{project['id']}", "seq": 2}
    hers: Client = await ada.on_plain()
    phone, laptop = await jane.on_node(), await jane.on_python()
    clients: list[Client] = [hers, phone, laptop]
    for client in clients:
        await client.subscribe(project["id"])

    response = await ada.call("POST", path, BUILD)

    assert response.status_code == 202
    receipt = response.json()
    assert receipt == room | {"notification_id": receipt["notification_id"]}
    for client in clients:
        assert await client.hears("room_head") == {"type": "room_head"} | room
        frame = await client.hears("notification_received", event_type="build_finished")
        assert frame == {
            "type": "notification_received",
            "title": "Build Finished",
            "message": "Build 7 is green",
            "event_type": "build_finished",
            "timestamp": frame["timestamp"],
            "actor": ada.as_actor,
            "project_id": project["id"],
            "project_title": project["title"],
            "data": BUILD["data"],
            "notification_id": receipt["notification_id"],
            **room,
        }


async def test_who_is_excluded_is_not_told_but_keeps_count(town: Town) -> None:
    ada, jane, project, path = await a_team(town)
    hers, janes = await ada.on_plain(), await jane.on_plain()
    for client in (hers, janes):
        await client.subscribe(project["id"])
    await ada.post(path, BUILD | {"exclude_user_id": jane.id})
    await hers.hears("notification_received", event_type="build_finished")
    await janes.hears("room_head", seq=2)
    await janes.hears_nothing(event_type="build_finished")


async def test_a_notice_needs_no_more_than_a_type_and_a_title(town: Town) -> None:
    ada, _, project, path = await a_team(town)
    client = await ada.on_plain()
    await client.subscribe(project["id"])
    await ada.post(path, {"event_type": "hello", "title": "Hello"})
    frame = await client.hears("notification_received", event_type="hello")
    assert (frame["title"], frame["message"], frame["data"]) == ("Hello", "", {})


async def test_a_member_speaks_only_as_themself(town: Town) -> None:
    ada, jane, _, path = await a_team(town)
    response = await jane.call("POST", path, BUILD | {"actor_user_id": ada.id})
    assert refusal(response) == (403, "actor_not_you")
    assert (await jane.post(path, BUILD | {"actor_user_id": jane.id}))["seq"] == 2


async def test_who_may_not_write_may_not_notify(town: Town) -> None:
    ada, jane, project, path = await a_team(town)
    mallory = await town.person("mallory")
    await ada.patch(f"projects/{project['id']}/members/{jane.id}/", {"role": "viewer"})
    assert refusal(await jane.call("POST", path, BUILD)) == (403, "role_too_low")
    assert refusal(await mallory.call("POST", path, BUILD)) == (404, "project_not_found")
    assert (await ada.post(path, BUILD))["seq"] == 3, "nothing was recorded for the others"


@pytest.mark.parametrize("right", ["service", "staff"])
async def test_a_trusted_account_speaks_for_anybody_to_any_team(
    town: Town, server: Server, right: str
) -> None:
    ada, jane, project, path = await a_team(town)
    backend = await town.person("backend")
    server.run("grant", backend.username, right)
    client = await ada.on_plain()
    await client.subscribe(project["id"])

    await backend.post(path, BUILD | {"actor_user_id": jane.id})
    await backend.post(path, BUILD)

    actors = [(await client.hears("notification_received"))["actor"] for _ in range(2)]
    assert actors == [jane.as_actor, backend.as_actor]
    unknown = await backend.call("POST", f"projects/{UNKNOWN}/notify/", BUILD)
    assert refusal(unknown) == (404, "project_not_found")
    assert refusal(await backend.call("GET", f"projects/{project['id']}/"))[0] == 404
    await ada.delete(f"projects/{project['id']}/")
    assert refusal(await backend.call("POST", path, BUILD)) == (404, "project_not_found")


async def test_a_notice_names_people_who_exist(town: Town, server: Server) -> None:
    ada, _, _, path = await a_team(town)
    server.run("grant", ada.username, "service")
    for field in ("actor_user_id", "exclude_user_id"):
        response = await ada.call("POST", path, BUILD | {field: UNKNOWN})
        assert refusal(response) == (422, "unknown_user")
        assert response.json()["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("event_type", [None, "", "Build Finished", "7up", "build\x00", "b" * 65]),
        ("title", [None, "", "x" * 201, "nul\x00"]),
        ("message", [None, 5, "x" * 2001, "nul\x00"]),
        ("data", [None, [], "{}", {"text": "nul\x00"}, {"nul\x00": 1}, {"big": 2**64}]),
        ("actor_user_id", ["1", 0, 2**31]),
        ("exclude_user_id", ["1", 0, 2**31]),
        ("project", [1]),
    ],
)
async def test_a_notice_that_does_not_fit_is_refused(
    town: Town, field: str, wrong: list[Any]
) -> None:
    ada, _, _, path = await a_team(town)
    for value in wrong:
        response = await ada.call("POST", path, BUILD | {field: value})
        assert refusal(response) == (422, "invalid_input"), value
        assert response.json()["detail"].startswith(f"{field}: ")
    assert (await ada.post(path, BUILD))["seq"] == 2, "nothing was recorded before"


async def test_what_json_cannot_say_is_refused_and_not_altered(town: Town) -> None:
    ada, _, _, path = await a_team(town)
    for number in ("NaN", "Infinity", "1e999"):
        response = await town.http.post(
            f"{town.url}/api/v1/{path}",
            content=f'{{"event_type": "load", "title": "Load", "data": {{"load": {number}}}}}',
            headers={"Authorization": f"Bearer {ada.access}", "Content-Type": "application/json"},
        )
        assert response.status_code in (400, 422), number
    assert (await ada.post(path, BUILD))["seq"] == 2, "nothing was recorded before"


@pytest.mark.parametrize(
    "data",
    [{"text": "a backslash: \\u0000"}, {"text": "😀 ünïcode"}, {"deep": [[[[{"er": 1.5}]]]]}],
    ids=["backslash", "unicode", "deep"],
)
async def test_data_arrives_as_it_was_sent(town: Town, data: JSON) -> None:
    ada, _, project, path = await a_team(town)
    live, late = await ada.on_plain(), await ada.on_plain()
    await live.subscribe(project["id"])
    await ada.post(path, BUILD | {"data": data})
    assert (await live.hears("notification_received"))["data"] == data
    await late.subscribe(project["id"], since=1)
    assert (await late.hears("notification_received"))["data"] == data


@pytest.mark.parametrize(
    "event_type", ["project_deleted", "team_member_removed", "user_deactivated"]
)
async def test_a_notice_does_nothing_but_tell(town: Town, event_type: str) -> None:
    ada, jane, project, path = await a_team(town)
    client = await jane.on_plain()
    await client.subscribe(project["id"])
    facts = {"closes_room": True, "removes_user": jane.id, "user_id": jane.id}
    await ada.post(path, BUILD | {"event_type": event_type, "data": facts})
    await client.hears("notification_received", event_type=event_type)
    await ada.post(f"projects/{project['id']}/milestones/", {"title": "Sprint"})
    await client.hears("milestone_changed", seq=3)
    assert await jane.get(f"projects/{project['id']}/") == project
