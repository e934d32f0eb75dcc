"""How the doors say that somebody is over a limit."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.clients import Frame, NodeClient
from tests.support.people import Person


async def refused_on_plain(person: Person) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        await person.on_plain()
    response = refused.value.response
    assert int(response.headers["Retry-After"]) > 0
    return response.status_code, json.loads(response.body or b"{}")["code"]


async def refused_on_node(person: Person) -> str:
    node = await NodeClient.open(person._url, auth={"token": person.access})
    person.clients.append(node)
    outcome = await node.outcome()
    assert outcome["happened"] == "connect_error"
    assert outcome["data"]["retry_after"] > 0
    assert outcome["data"]["message"]
    code: str = outcome["data"]["code"]
    return code


def too_fast(answer: Frame) -> None:
    assert answer["error"]["code"] == "rate_limited"
    assert 0 < answer["error"]["retry_after"] <= 1
