"""The REST contract: paths, problem details, what fits, who may, and how long a list is."""

from typing import Any

import httpx
import pytest

from tests.support.people import JSON, Person, Town, head, place, refusal

UNKNOWN = 2**31 - 1


async def send(town: Town, ada: Person, path: str, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {ada.access}", "Content-Type": "application/json"}
    return await town.http.post(f"{town.url}/api/v1/{path}", content=body, headers=headers)


async def test_paths_answer_with_and_without_the_slash(town: Town) -> None:
    ada = await town.person("ada")
    project = await ada.post("projects", {"title": "Slashless"})
    for path in (f"projects/{project['id']}", f"projects/{project['id']}/"):
        assert (await ada.call("GET", path)).json() == project


async def test_a_refusal_is_problem_details(town: Town) -> None:
    ada = await town.person("ada")
    assert (await ada.call("GET", f"projects/{UNKNOWN}/")).json() == {
        "type": "urn:roomcast:problem:project_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": f"There is no project {UNKNOWN} that you are a member of. Check the id, or ask "
        "its owner to add you.",
        "code": "project_not_found",
    }
    assert refusal(await ada.call("GET", "nothing/here/")) == (404, "not_found")
    wrong_method = await ada.call("DELETE", "me/")
    assert refusal(wrong_method) == (405, "method_not_allowed")
    assert set(wrong_method.headers["allow"].split(", ")) >= {"GET", "PATCH"}


NOT_JSON = {"cut off": b'{"title": ', "not UTF-8": b'{"title": "\xff"}', "deep": b"[" * 100_000}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_is_not_json_is_malformed(town: Town, body: bytes) -> None:
    ada = await town.person("ada")
    assert refusal(await send(town, ada, "projects/", body)) == (400, "malformed_json")


async def test_a_body_of_two_megabytes_is_too_large(town: Town) -> None:
    ada = await town.person("ada")
    large = b'{"title": "%s"}' % (b"x" * 2_000_000)
    assert refusal(await send(town, ada, "projects/", large)) == (413, "too_large")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", [None, "   ", 5, "x" * 201, "nul\x00"]),
        ("description", [None, 5, "nul\x00", "x" * 10_001]),
        ("progress", [None, "5", 101, -1, 5.5, True]),
        ("due_date", [0, "0", "86400", "tomorrow", "2024-02-30", "2024-02-29T00:00:00"]),
        ("status", [None, "done", 1]),
        ("colour", ["red", None]),
    ],
)
async def test_a_field_that_does_not_fit_is_named_and_nothing_is_written(
    town: Town, field: str, wrong: list[Any]
) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    path = f"projects/{project['id']}/milestones/"
    milestone = await ada.post(path, {"title": "Sprint"})
    for value in wrong:
        posted = await ada.call("POST", path, {"title": "Another", field: value})
        patched = await ada.call("PATCH", f"{path}{milestone['id']}/", {field: value})
        for response in (posted, patched):
            assert refusal(response) == (422, "invalid_input"), value
            assert response.json()["detail"].startswith(f"{field}: ")
            assert [error["field"] for error in response.json()["errors"]] == [field]
    assert (await ada.get(path))["items"] == [milestone]
    assert await head(ada, project) == 2


async def test_a_body_must_be_an_object_with_what_is_required(town: Town) -> None:
    ada = await town.person("ada")
    for body in (b"{}", b"[]", b'"title"', b"null", b"", rb'{"title": "\ud800"}'):
        assert refusal(await send(town, ada, "projects/", body)) == (422, "invalid_input")


async def test_an_id_out_of_range_is_refused(town: Town) -> None:
    ada = await town.person("ada")
    mine = f"projects/{(await town.project(ada))['id']}"
    for number in (0, -1, UNKNOWN + 1, 10**30, "one", "1.5"):
        for path in (f"projects/{number}/", f"{mine}/milestones/{number}/"):
            assert refusal(await ada.call("GET", path)) == (422, "invalid_input")
        response = await ada.call("POST", f"{mine}/members/", {"user_id": number})
        assert refusal(response) == (422, "invalid_input")


@pytest.mark.parametrize(
    ("path", "body", "methods"),
    [
        ("", {"title": "Mine"}, "GET PATCH PUT DELETE"),
        ("restore/", {}, "POST"),
        ("milestones/", {"title": "Mine"}, "GET POST"),
        ("milestones/1/", {"title": "Mine"}, "GET PATCH DELETE"),
        ("members/", {"user_id": 1}, "GET POST"),
        ("members/1/", {"role": "owner"}, "GET PATCH DELETE"),
        ("notify/", {"event_type": "hello", "title": "Hello"}, "POST"),
    ],
)
async def test_a_foreign_project_answers_like_one_that_is_not(
    town: Town, path: str, body: JSON, methods: str
) -> None:
    ada, mallory = await town.people("ada", "mallory")
    project = await town.project(ada)
    for method in methods.split():
        answers = []
        for number in (project["id"], UNKNOWN):
            response = await mallory.call(method, f"projects/{number}/{path}", body)
            assert refusal(response) == (404, "project_not_found")
            answer = response.json()
            answers.append(answer | {"detail": answer["detail"].replace(f" {number} ", " N ")})
        assert answers[0] == answers[1]
    assert (await mallory.get("projects/"))["items"] == []
    assert await ada.get(f"projects/{project['id']}/") == project


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", 0), ("member", 1), ("manager", 3), ("owner", 4)]
)
async def test_each_role_may_do_what_it_may_and_no_more(town: Town, role: str, may: int) -> None:
    ada, jane, newcomer = await town.people("ada", "jane", "newcomer")
    project = await town.project(ada, members=[place(jane, role)])
    path = f"projects/{project['id']}/"
    deeds = [
        ("POST", f"{path}milestones/", {"title": "Sprint"}, 201),
        ("PATCH", path, {"health": "at_risk"}, 200),
        ("POST", f"{path}members/", place(newcomer, "viewer"), 201),
        ("DELETE", path, None, 204),
    ]
    for method, where, body, done in deeds[:may]:
        assert (await jane.call(method, where, body)).status_code == done
    for method, where, body, _ in deeds[may:]:
        assert refusal(await jane.call(method, where, body)) == (403, "role_too_low")
    if role == "viewer":
        assert await ada.get(path) == project
        assert (await ada.get(f"{path}milestones/"))["items"] == []
        assert await head(ada, project) == 1, "no event came of it"


@pytest.mark.parametrize(
    ("start", "change", "end"),
    [
        ({}, {"progress": 40}, (40, "in_progress")),
        ({}, {"progress": 100}, (100, "completed")),
        ({}, {"status": "completed"}, (100, "completed")),
        ({}, {"status": "in_progress"}, (0, "in_progress")),
        ({"progress": 40}, {"status": "pending"}, (40, "pending")),
        ({"progress": 40}, {"title": "Sprint 1"}, (40, "in_progress")),
        ({"status": "completed"}, {"progress": 99}, (99, "in_progress")),
        ({"status": "completed"}, {"progress": 0}, (0, "in_progress")),
        ({"status": "completed"}, {"status": "pending"}, (0, "pending")),
    ],
)
async def test_a_hundred_percent_and_completed_mean_each_other(
    town: Town, start: JSON, change: JSON, end: tuple[int, str]
) -> None:
    ada = await town.person("ada")
    path = f"projects/{(await town.project(ada))['id']}/milestones/"
    milestone = await ada.post(path, {"title": "Sprint", **start})
    changed = await ada.patch(f"{path}{milestone['id']}/", change)
    assert (changed["progress"], changed["status"]) == end
    for progress, status in ((99, "completed"), (100, "pending")):
        both = {"progress": progress, "status": status}
        response = await ada.call("PATCH", f"{path}{milestone['id']}/", both)
        assert refusal(response) == (422, "progress_contradicts_status")


async def test_dates_come_in_order(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada, start_date="2026-02-01", due_date="2026-02-01")
    early = {"due_date": "2026-01-31"}
    created = {"title": "Backwards", "start_date": "2026-02-01", **early}
    changed = await ada.call("PATCH", f"projects/{project['id']}/", early)
    for response in (await ada.call("POST", "projects/", created), changed):
        assert refusal(response) == (422, "dates_out_of_order")
    assert (await ada.get("projects/"))["items"] == [project]


async def test_a_deleted_project_is_gone_until_an_owner_restores_it(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, members=[place(jane, "manager")])
    path = f"projects/{project['id']}/"
    milestone = await ada.post(f"{path}milestones/", {"title": "Sprint"})
    assert refusal(await ada.call("POST", f"{path}restore/")) == (409, "not_deleted")

    await ada.delete(path)

    for person in (ada, jane):
        assert (await person.get("projects/"))["items"] == []
        for gone in (path, f"{path}milestones/{milestone['id']}/", f"{path}members/"):
            assert refusal(await person.call("GET", gone)) == (404, "project_not_found")
    assert refusal(await ada.call("DELETE", path)) == (404, "project_not_found")
    assert refusal(await jane.call("POST", f"{path}restore/")) == (403, "role_too_low")

    restored = await ada.post(f"{path}restore/")
    assert restored == project | {"version": 3, "updated_at": restored["updated_at"]}
    assert await jane.get(path) == restored
    assert (await jane.get(f"{path}milestones/"))["items"] == [milestone]


async def test_pages_follow_one_another_to_the_end(town: Town) -> None:
    ada, *others = await town.people("ada", "bob", "cid", "dan", "eve")
    project = await town.project(ada, *others)
    path = f"projects/{project['id']}"
    made = [await ada.post(f"{path}/milestones/", {"title": f"Sprint {n}"}) for n in range(5)]
    assert await in_pages(ada, f"{path}/milestones/") == made
    members = await in_pages(ada, f"{path}/members/")
    assert [member["user_id"] for member in members] == [ada.id, *(one.id for one in others)]
    for wrong in ("cursor=one", "cursor=9999999999", "cursor=-1", "limit=0", "limit=101"):
        response = await ada.call("GET", f"projects/?{wrong}")
        assert response.status_code == 422
        assert response.json()["detail"].startswith(f"{wrong.split('=')[0]}: ")


async def in_pages(person: Person, path: str) -> list[Any]:
    """Five items, read in pages of two."""
    pages = [await person.get(f"{path}?limit=2")]
    while (cursor := pages[-1]["next"]) is not None:
        pages.append(await person.get(f"{path}?limit=2&cursor={cursor}"))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    return [item for page in pages for item in page["items"]]


async def test_head_is_get_without_the_body(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    got = await ada.call("GET", f"projects/{project['id']}/")
    head = await ada.call("HEAD", f"projects/{project['id']}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
