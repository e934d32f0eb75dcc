"""Who somebody is to a team: members come, change and go, and an owner always stays."""

import asyncio

from tests.support.people import Town, place, refusal

UNKNOWN = 2**31 - 1


async def test_a_manager_neither_makes_nor_changes_an_owner(town: Town) -> None:
    ada, jane, newcomer = await town.people("ada", "jane", "newcomer")
    project = await town.project(ada, members=[place(jane, "manager")])
    members = f"projects/{project['id']}/members/"
    team = await ada.get(members)
    for method, path, body in (
        ("POST", members, place(newcomer, "owner")),
        ("PATCH", f"{members}{jane.id}/", {"role": "owner"}),
        ("PATCH", f"{members}{ada.id}/", {"role": "member"}),
        ("DELETE", f"{members}{ada.id}/", None),
    ):
        assert refusal(await jane.call(method, path, body)) == (403, "role_too_low")
    assert await ada.get(members) == team


async def test_a_project_keeps_an_owner(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada)
    members = f"projects/{project['id']}/members/"
    for method, body in (("PATCH", {"role": "manager"}), ("DELETE", None)):
        response = await ada.call(method, f"{members}{ada.id}/", body)
        assert refusal(response) == (409, "last_owner")

    await ada.post(members, place(jane, "owner"))
    goings = (person.call("DELETE", f"{members}{person.id}/") for person in (ada, jane))
    assert sorted(gone.status_code for gone in await asyncio.gather(*goings)) == [204, 409]


async def test_somebody_who_exists_is_on_a_team_once(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    members = f"projects/{(await town.project(ada, jane))['id']}/members/"
    nobody = {"user_id": UNKNOWN}
    assert refusal(await ada.call("POST", members, place(jane, "viewer"))) == (
        409,
        "already_member",
    )
    assert refusal(await ada.call("POST", members, nobody)) == (422, "unknown_user")
    for team, code in (([nobody], "unknown_user"), ([place(ada, "member")], "duplicate_member")):
        response = await ada.call("POST", "projects/", {"title": "Team", "members": team})
        assert refusal(response) == (422, code)


async def test_a_member_may_leave_but_not_send_others_away(town: Town) -> None:
    ada, jane, bob = await town.people("ada", "jane", "bob")
    project = await town.project(ada, jane, bob)
    members = f"projects/{project['id']}/members/"
    assert refusal(await jane.call("DELETE", f"{members}{bob.id}/")) == (403, "role_too_low")
    await jane.delete(f"{members}{jane.id}/")
    assert refusal(await jane.call("GET", members)) == (404, "project_not_found")
    assert refusal(await ada.call("GET", f"{members}{jane.id}/")) == (404, "member_not_found")
