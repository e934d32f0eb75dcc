"""Nobody changes what they have not seen: versions, ETags, If-Match, PUT and PATCH."""

import asyncio
from typing import Any

import pytest

from tests.support.people import JSON, Town, a_project, head, refusal


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
