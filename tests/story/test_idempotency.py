"""A change is made once: not again for a repeated request, not over what one has not seen."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.people import JSON, Person, Town


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def head(person: Person, project: JSON) -> int:
    """The seq of the project's last event."""
    seq: int = (await (await person.on_plain()).subscribe(project["id"]))["seq"]
    return seq


async def a_project(town: Town) -> tuple[Person, Person, JSON, str]:
    """Ada's project with Jane, and the path of its milestones."""
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    return ada, jane, project, f"projects/{project['id']}/milestones/"


async def test_a_repeated_request_makes_one_milestone_and_one_event(town: Town) -> None:
    ada, _, project, path = await a_project(town)
    first, again, without_slash = [
        await ada.call("POST", where, {"title": "Sprint"}, Idempotency_Key="one")
        for where in (path, path, path.rstrip("/"))
    ]
    assert first.status_code == again.status_code == without_slash.status_code == 201
    assert first.json() == again.json() == without_slash.json()
    assert first.headers["etag"] == again.headers["etag"] == '"1"'
    assert (await ada.get(path))["items"] == [first.json()]
    assert await head(ada, project) == 2


async def test_a_key_is_for_one_request(town: Town) -> None:
    ada, _, project, path = await a_project(town)
    milestone = (await ada.call("POST", path, {"title": "Sprint"}, Idempotency_Key="one")).json()
    for method, where, body in (
        ("POST", path, {"title": "Another"}),
        ("PATCH", f"{path}{milestone['id']}/", {"title": "Sprint"}),
        ("DELETE", f"{path}{milestone['id']}/", None),
    ):
        response = await ada.call(method, where, body, Idempotency_Key="one")
        assert refusal(response) == (422, "idempotency_key_reused")
    assert (await ada.get(path))["items"] == [milestone]
    assert await head(ada, project) == 2


async def test_ten_at_once_with_one_key_make_one(town: Town) -> None:
    ada, _, project, path = await a_project(town)
    body = {"title": "Sprint"}
    answers = await asyncio.gather(
        *(ada.call("POST", path, body, Idempotency_Key="one") for _ in range(10))
    )
    assert [answer.status_code for answer in answers] == [201] * 10
    made = (await ada.get(path))["items"]
    assert [answer.json() for answer in answers] == made * 10
    assert await head(ada, project) == 2


async def test_ten_projects_at_once_with_one_key_are_one(town: Town) -> None:
    ada = await town.person("ada")
    body = {"title": "Mobile App Development"}
    answers = await asyncio.gather(
        *(ada.call("POST", "projects/", body, Idempotency_Key="one") for _ in range(10))
    )
    assert [answer.json() for answer in answers] == (await ada.get("projects/"))["items"] * 10


async def test_what_failed_may_be_tried_again_with_its_key(town: Town) -> None:
    ada, jane, project, path = await a_project(town)
    member = f"projects/{project['id']}/members/{jane.id}/"
    await ada.patch(member, {"role": "viewer"})
    refused = await jane.call("POST", path, {"title": "Sprint"}, Idempotency_Key="one")
    assert refusal(refused) == (403, "role_too_low")
    await ada.patch(member, {"role": "member"})
    made = await jane.call("POST", path, {"title": "Sprint"}, Idempotency_Key="one")
    assert made.status_code == 201


async def test_the_same_key_of_somebody_else_is_another_key(town: Town) -> None:
    ada, jane, _, path = await a_project(town)
    hers, theirs = [
        (await person.call("POST", path, {"title": "Sprint"}, Idempotency_Key="one")).json()
        for person in (ada, jane)
    ]
    assert hers["id"] != theirs["id"]
    assert (await ada.get(path))["items"] == [hers, theirs]


async def test_a_repeated_delete_answers_the_same(town: Town) -> None:
    ada, _, project, path = await a_project(town)
    milestone = f"{path}{(await ada.post(path, {'title': 'Sprint'}))['id']}/"
    for _ in range(2):
        gone = await ada.call("DELETE", milestone, Idempotency_Key="one")
        assert (gone.status_code, gone.content) == (204, b"")
    assert refusal(await ada.call("DELETE", milestone)) == (404, "milestone_not_found")
    assert await head(ada, project) == 3


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_length(town: Town, key: str) -> None:
    ada, _, _, path = await a_project(town)
    response = await ada.call("POST", path, {"title": "Sprint"}, Idempotency_Key=key)
    assert refusal(response) == (422, "invalid_input")
    assert (await ada.get(path))["items"] == []


async def test_an_etag_says_which_version_one_saw(town: Town) -> None:
    ada, jane, project, path = await a_project(town)
    made = await ada.call("POST", path, {"title": "Sprint"})
    milestone = f"{path}{made.json()['id']}/"
    changed = await ada.call("PATCH", milestone, {"progress": 10}, If_Match=made.headers["etag"])
    read = await jane.call("GET", milestone)
    assert [one.headers["etag"] for one in (made, changed, read)] == ['"1"', '"2"', '"2"']
    member = f"projects/{project['id']}/members/{jane.id}/"
    for path_of_one in (f"projects/{project['id']}/", member):
        assert (await ada.call("GET", path_of_one)).headers["etag"] == '"1"'


@pytest.mark.parametrize("what", ["project", "milestone", "member"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_nothing_is_changed_over_a_version_one_has_not_seen(
    town: Town, what: str, method: str
) -> None:
    ada, jane, project, milestones = await a_project(town)
    first: JSON = {"project": {"health": "at_risk"}, "milestone": {"progress": 1}}
    path = f"projects/{project['id']}/"
    if what == "milestone":
        path = f"{milestones}{(await ada.post(milestones, {'title': 'Sprint'}))['id']}/"
    elif what == "member":
        path = f"{path}members/{jane.id}/"
    changed = await ada.patch(path, first.get(what, {"capacity": 50}))
    body = {"title": "Stale"} if what != "member" else {"capacity": 0}

    stale = await ada.call(method, path, body, If_Match='"1"')

    assert refusal(stale) == (412, "stale_version")
    assert stale.json()["version"] == changed["version"] == 2
    assert await ada.get(path) == changed
    assert (await ada.call(method, path, body, If_Match='"2"')).is_success


async def test_of_two_who_saw_the_same_version_one_wins(town: Town) -> None:
    ada, jane, project, path = await a_project(town)
    milestone = f"{path}{(await ada.post(path, {'title': 'Sprint'}))['id']}/"
    answers = await asyncio.gather(
        ada.call("PATCH", milestone, {"progress": 10}, If_Match='"1"'),
        jane.call("PATCH", milestone, {"progress": 20}, If_Match='"1"'),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await head(ada, project) == 3


@pytest.mark.parametrize(
    ("if_match", "status"),
    [("*", 200), ('W/"1"', 200), ("1", 200), ('"one"', 422), ('"1", "2"', 422), ('""', 422)],
)
async def test_if_match_is_a_version_or_any(town: Town, if_match: str, status: int) -> None:
    ada, _, project, _ = await a_project(town)
    path = f"projects/{project['id']}/"
    response = await ada.call("PATCH", path, {"title": "Renamed"}, If_Match=if_match)
    assert response.status_code == status
    assert (await ada.get(path))["title"] == ("Renamed" if status == 200 else project["title"])


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_change_that_changes_nothing_is_no_event(town: Town, method: str) -> None:
    ada, _, project, _ = await a_project(town)
    bodies: list[Any] = [{"title": project["title"], "progress": 0, "due_date": None}]
    bodies += [{}] if method == "PATCH" else [{"title": project["title"]}]
    for body in bodies:
        response = await ada.call(method, f"projects/{project['id']}/", body)
        assert (response.status_code, response.json()) == (200, project)
    assert await head(ada, project) == 1


async def test_put_replaces_and_patch_changes(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada, description="Old", health="at_risk", due_date="2030-01-01")
    path = f"projects/{project['id']}/"
    patched = await ada.patch(path, {"due_date": None})
    kept = {name: patched[name] for name in ("description", "health", "due_date", "version")}
    assert kept == {"description": "Old", "health": "at_risk", "due_date": None, "version": 2}
    replaced = (await ada.call("PUT", path, {"title": "New", "progress": 5})).json()
    defaults = {"description": "", "status": "active", "health": "on_track", "due_date": None}
    expected = patched | defaults | {"title": "New", "progress": 5, "version": 3}
    assert replaced == expected | {"updated_at": replaced["updated_at"]}
    assert refusal(await ada.call("PUT", path, {"progress": 5})) == (422, "invalid_input")
