"""The words that inputs are made of: lengths, ranges and what a database can hold."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from models.database import MAX_ID


class Input(BaseModel):
    """What a caller sends: a field that we do not know is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    # What is left out stays as it is, so a default would be untrue.
    for field in schema["properties"].values():
        field.pop("default", None)


class Changes(Input):
    """Fields to change; what is left out stays (PATCH)."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character NUL (U+0000)")
    return text


def _iso_date(value: Any) -> Any:
    # pydantic would read "0" and 0 as moments of 1970.
    if value is None or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)
    ):
        return value
    if isinstance(value, date):
        return value
    raise ValueError("must be a date written YYYY-MM-DD")


Text = Annotated[str, Field(strict=True, max_length=10_000), AfterValidator(_storable)]
Title = Annotated[str, Field(strict=True, min_length=1, max_length=200), AfterValidator(_storable)]
Name = Annotated[str, Field(strict=True, max_length=150), AfterValidator(_storable)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
Day = Annotated[date | None, BeforeValidator(_iso_date)]


def differs(row: Any, wanted: dict[str, Any]) -> bool:
    """Would applying these fields change the row?"""
    return any(getattr(row, name) != value for name, value in wanted.items())


def complaint(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, in words for people instead of pydantic's."""
    match error["type"]:
        case "extra_forbidden":
            return "there is no such field here; take it out or check its spelling"
        case "missing":
            return "is missing"
        case "model_attributes_type" | "dict_type":
            return "send a JSON object"
    return str(error["msg"]).removeprefix("Value error, ")
