"""The OpenAPI document: FastAPI's, with errors as what they are."""

from typing import Any

from fastapi import FastAPI

from server.http.problems import MEDIA_TYPE


def document_problems(app: FastAPI) -> None:
    """FastAPI documents every answer as application/json; ours of 400 and above are problems."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema or _with_problems(made())

    app.openapi = openapi  # type: ignore[method-assign]


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400" and "application/json" in answer.get("content", {}):
                    answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
    return schema
