"""Only a good access token opens a door; each door says no in its own words, with one code."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import socketio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.clients import NodeClient, PlainClient, PythonClient
from tests.support.people import Person, Town
from tests.support.server import SECRET

Forgery = Callable[[Person], str]


def forge(person: Person, *, key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """The person's access token with other claims; None takes a claim away."""
    claims = jwt.decode(person.access, SECRET, algorithms=["HS256"], audience="roomcast") | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key if algorithm != "none" else "", algorithm=algorithm)


def resigned(person: Person) -> str:
    """Another user's number under the signature of one's own token."""
    header, _, signature = person.access.split(".")
    payload = forge(person, sub=str(person.id + 1)).split(".")[1]
    return f"{header}.{payload}.{signature}"


FORGERIES: dict[str, tuple[Forgery, str]] = {
    "no algorithm": (lambda ada: forge(ada, algorithm="none"), "token_invalid"),
    "another key": (lambda ada: forge(ada, key="not the secret " * 3), "token_invalid"),
    "another payload": (resigned, "token_invalid"),
    "another audience": (lambda ada: forge(ada, aud="elsewhere"), "token_invalid"),
    "another issuer": (lambda ada: forge(ada, iss="elsewhere"), "token_invalid"),
    "no audience": (lambda ada: forge(ada, aud=None), "token_invalid"),
    "no jti": (lambda ada: forge(ada, jti=None), "token_invalid"),
    "no expiry": (lambda ada: forge(ada, exp=None), "token_invalid"),
    "no kind": (lambda ada: forge(ada, kind=None), "token_invalid"),
    "no session": (lambda ada: forge(ada, sid="none"), "token_invalid"),
    "a name for an id": (lambda ada: forge(ada, sub="ada"), "token_invalid"),
    "not yet issued": (lambda ada: forge(ada, iat=time.time() + 3600), "token_invalid"),
    "expired": (lambda ada: forge(ada, exp=time.time() - 1), "token_expired"),
    "a refresh token": (lambda ada: ada.refresh, "token_invalid"),
    "cut off": (lambda ada: ada.access[:-4], "token_invalid"),
    "garbage": (lambda _: "garbage", "token_invalid"),
}


@pytest.mark.parametrize(("forgery", "code"), FORGERIES.values(), ids=FORGERIES.keys())
async def test_no_door_opens_for_a_token_that_is_not_good(
    town: Town, forgery: Forgery, code: str
) -> None:
    ada = await town.person("ada")
    ada.access = forgery(ada)

    response = await ada.call("GET", "me/")
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"

    with pytest.raises(InvalidStatus) as before_the_upgrade:
        await ada.on_plain()
    denial = before_the_upgrade.value.response
    assert (denial.status_code, json.loads(denial.body or b"{}")["code"]) == (403, code)

    node = await NodeClient.open(town.url, auth={"token": ada.access})
    ada.clients.append(node)
    refused = await node.outcome()
    assert (refused["happened"], refused["message"]) == ("connect_error", code)
    assert refused["data"]["code"] == code


async def test_python_socketio_raises_where_it_is_refused(town: Town) -> None:
    client = PythonClient()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.socket.connect(town.url, auth={"token": "garbage"}, transports=["websocket"])
    await client.leave()


async def test_no_token_at_all_is_asked_for_one(town: Town) -> None:
    response = await town.http.get(f"{town.url}/api/v1/projects/")
    assert (response.status_code, response.json()["code"]) == (401, "token_missing")
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{town.url.removeprefix('http://')}/ws/notifications/")
    assert refused.value.response.status_code == 403
    node = await NodeClient.open(town.url)
    outcome = await node.outcome()
    await node.leave()
    assert (outcome["happened"], outcome["message"]) == ("connect_error", "token_missing")


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_rest_takes_a_token_as_bearer_only(town: Town, scheme: str) -> None:
    ada = await town.person("ada")
    response = await ada.call("GET", "me/", Authorization=f"{scheme} {ada.access}".strip())
    assert (response.status_code, response.json()["code"]) == (401, "token_missing")
    assert (await ada.call("GET", "me/", Authorization=f"bearer {ada.access}")).is_success


@pytest.mark.parametrize("path", ["/ws/notifications", "/ws/notifications/"])
@pytest.mark.parametrize("place", ["?token=", "?access_token=", "Authorization"])
async def test_the_plain_door_takes_a_token_in_three_places(
    town: Town, path: str, place: str
) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    in_header = place == "Authorization"
    query = "" if in_header else place + ada.access
    headers = {"Authorization": f"Bearer {ada.access}"} if in_header else {}
    address = town.url.replace("http", "ws", 1) + path + query

    client = PlainClient(await connect(address, additional_headers=headers))

    assert (await client.subscribe(project["id"]))["room"] == f"project_{project['id']}"
    await client.leave()


@pytest.mark.parametrize("place", ["auth", "query"])
async def test_the_socketio_door_takes_a_token_in_two_places(town: Town, place: str) -> None:
    ada = await town.person("ada")
    project = await town.project(ada)
    node = await NodeClient.open(town.url, **{place: {"token": ada.access}})
    ada.clients.append(node)
    assert (await node.outcome())["happened"] == "connect"
    await node.subscribe(project["id"])
