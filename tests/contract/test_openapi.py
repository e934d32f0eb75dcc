"""The OpenAPI document says what the doors do."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from server.app import build_app
from server.http.problems import DOCUMENTED
from server.settings import Settings
from server.wiring import House

NEEDS_NO_LOGIN = {"/api/v1/auth/register/", "/api/v1/auth/token/", "/api/v1/auth/refresh/"}
NEEDS_NO_LOGIN |= {"/api/v1/auth/logout/"}


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, dict[str, dict[str, object]]]:
    app = build_app(House(Settings(data_dir=tmp_path)), on_death=lambda: None)
    rest: FastAPI = app.app.other_asgi_app  # type: ignore[attr-defined]
    found: dict[str, dict[str, dict[str, object]]] = rest.openapi()["paths"]
    return found


def test_every_error_is_documented_as_problem_details(
    paths: dict[str, dict[str, dict[str, object]]],
) -> None:
    for path, operations in paths.items():
        assert path.endswith("/")
        for operation in operations.values():
            responses = operation["responses"]
            assert isinstance(responses, dict)
            errors = {status: answer for status, answer in responses.items() if status >= "400"}
            assert {int(status) for status in errors} == set(DOCUMENTED)
            for answer in errors.values():
                assert list(answer["content"]) == ["application/problem+json"]


def test_every_door_says_whether_it_wants_a_token(
    paths: dict[str, dict[str, dict[str, object]]],
) -> None:
    without = {
        path
        for path, operations in paths.items()
        for o in operations.values()
        if "security" not in o
    }
    assert without == NEEDS_NO_LOGIN
