"""Who somebody is: accounts, logins and their ends."""

from typing import Any

import httpx
import pytest

from tests.support.people import JSON, PASSWORD, Person, Town, refusal
from tests.support.server import Server

UNKNOWN = 2**31 - 1
STRANGER: JSON = {"username": "stranger", "email": "s@example.com", "password": PASSWORD}


async def auth(town: Town, what: str, **body: Any) -> httpx.Response:
    return await town.http.post(f"{town.url}/api/v1/auth/{what}/", json=body)


async def another_login(town: Town, person: Person) -> Person:
    """The same person on another device."""
    other, tokens = town.visitor(person), await town.log_in(person.username)
    other.access, other.refresh = tokens["access"], tokens["refresh"]
    return other


async def test_a_username_and_an_email_belong_to_one_account(town: Town) -> None:
    ada = await town.person("ada")
    for taken in ({"username": ada.username}, {"email": ada.account["email"]}):
        response = await auth(town, "register", **(STRANGER | taken))
        assert refusal(response) == (409, "account_exists")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "two words"),
        ("username", ""),
        ("username", None),
        ("email", "nobody"),
        ("email", "nul\x00@example.com"),
        ("password", "short"),
        ("password", 12345678),
        ("first_name", "A\x00da"),
        ("last_name", "x" * 151),
        ("is_staff", True),
    ],
)
async def test_a_registration_says_which_field_to_change(
    town: Town, field: str, value: object
) -> None:
    response = await auth(town, "register", **(STRANGER | {field: value}))
    assert refusal(response) == (422, "invalid_input")
    assert response.json()["detail"].startswith(f"{field}: ")
    assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_bad_credentials_do_not_tell_whether_the_username_exists(town: Town) -> None:
    ada = await town.person("ada")
    wrong = await auth(town, "token", username=ada.username, password="wrong password")
    unknown = await auth(town, "token", username="nobody", password=PASSWORD)
    assert refusal(wrong) == (401, "bad_credentials")
    assert wrong.headers["www-authenticate"] == "Bearer"
    assert (unknown.status_code, unknown.json()) == (401, wrong.json())


async def test_a_username_that_cannot_exist_is_refused_like_any_other(town: Town) -> None:
    response = await auth(town, "token", username="nul\x00", password=PASSWORD)
    assert response.status_code in (401, 422)


async def test_a_refresh_token_is_good_once_and_brings_the_next(town: Town) -> None:
    ada = await town.person("ada")
    old_access, old_refresh = ada.access, ada.refresh
    for _ in range(2):
        pair = (await auth(town, "refresh", refresh=ada.refresh)).json()
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
        ada.access, ada.refresh = pair["access"], pair["refresh"]
        assert (await ada.get("me/"))["id"] == ada.id
    assert ada.refresh != old_refresh
    ada.access = old_access
    assert (await ada.get("me/"))["id"] == ada.id


async def test_a_refresh_token_that_comes_back_ends_the_login_everywhere(town: Town) -> None:
    ada = await town.person("ada")
    client = await ada.on_plain()
    newest = (await auth(town, "refresh", refresh=ada.refresh)).json()

    stolen = await auth(town, "refresh", refresh=ada.refresh)

    assert refusal(stolen) == (401, "refresh_token_reused")
    assert (await client.hears("error"))["code"] == "refresh_token_reused"
    assert await client.is_closed() == "4401 refresh_token_reused"
    again = await auth(town, "refresh", refresh=newest["refresh"])
    assert refusal(again) == (401, "session_ended")
    for access in (ada.access, newest["access"]):
        ada.access = access
        assert refusal(await ada.call("GET", "me/")) == (401, "session_ended")


async def test_a_logout_ends_one_login_and_its_sockets(town: Town) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    at_home = await another_login(town, ada)
    plain, node, home = await ada.on_plain(), await ada.on_node(), await at_home.on_plain()

    assert (await auth(town, "logout", refresh=ada.refresh)).status_code == 204

    for client in (plain, node):
        assert (await client.hears("error"))["code"] == "logged_out"
    assert await plain.is_closed() == "4401 logged_out"
    assert await node.is_closed() == "io server disconnect"
    assert refusal(await ada.call("GET", "me/")) == (401, "session_ended")
    assert refusal(await auth(town, "refresh", refresh=ada.refresh)) == (401, "session_ended")

    await home.hears_nothing(type="error")
    await home.subscribe(project["id"])
    assert (await at_home.get("me/"))["id"] == ada.id
    assert (await auth(town, "logout", refresh=ada.refresh)).status_code == 204, "twice is harmless"


async def test_a_logout_asks_for_a_refresh_token(town: Town) -> None:
    ada = await town.person("ada")
    for token in (ada.access, "garbage"):
        assert refusal(await auth(town, "logout", refresh=token)) == (401, "token_invalid")
    assert (await ada.get("me/"))["id"] == ada.id


async def test_people_see_their_account_and_change_their_names(town: Town) -> None:
    ada = await town.person("ada")
    me = {
        "id": ada.id,
        "username": ada.username,
        "email": f"{ada.username}@example.com",
        "first_name": "Ada",
        "last_name": "Tester",
        "is_staff": False,
        "is_service": False,
        "is_active": True,
    }
    assert await ada.get("me/") == me
    assert await ada.patch("me/", {"last_name": "Lovelace"}) == me | {"last_name": "Lovelace"}
    assert await ada.patch("me/", {}) == me | {"last_name": "Lovelace"}
    for forbidden in ({"is_staff": True}, {"username": "root"}, {"first_name": None}):
        assert refusal(await ada.call("PATCH", "me/", forbidden)) == (422, "invalid_input")
    assert await ada.get("me/") == me | {"last_name": "Lovelace"}


async def test_staff_close_an_account_and_every_socket_of_it(town: Town, server: Server) -> None:
    root, mallory, bob = await town.people("root", "mallory", "bob")
    server.run("grant", root.username, "staff")
    plain, node, python = (
        await mallory.on_plain(),
        await mallory.on_node(),
        await mallory.on_python(),
    )
    bobs = await bob.on_plain()

    closed = await root.post(f"users/{mallory.id}/deactivate/")

    assert (closed["id"], closed["is_active"]) == (mallory.id, False)
    for client in (plain, node, python):
        assert (await client.hears("error"))["code"] == "account_deactivated"
    assert await plain.is_closed() == "4401 account_deactivated"
    assert await node.is_closed() == "io server disconnect"
    assert await python.is_closed()
    assert refusal(await mallory.call("GET", "me/")) == (401, "session_ended")
    assert refusal(await auth(town, "refresh", refresh=mallory.refresh)) == (401, "session_ended")
    login = await auth(town, "token", username=mallory.username, password=PASSWORD)
    assert refusal(login) == (401, "bad_credentials")
    assert (await root.post(f"users/{mallory.id}/deactivate/"))["is_active"] is False
    await bobs.hears_nothing()


async def test_only_staff_close_accounts(town: Town, server: Server) -> None:
    root, mallory, bob = await town.people("root", "mallory", "bob")
    for user_id in (bob.id, mallory.id, UNKNOWN):
        response = await mallory.call("POST", f"users/{user_id}/deactivate/")
        assert refusal(response) == (403, "staff_only")
    assert (await bob.get("me/"))["is_active"]

    server.run("grant", root.username, "staff")
    unknown = await root.call("POST", f"users/{UNKNOWN}/deactivate/")
    assert refusal(unknown) == (404, "user_not_found")
