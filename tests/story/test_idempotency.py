"""A request that is sent again makes nothing twice."""

import asyncio

import pytest

from tests.support.people import Town, a_project, head, refusal


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
