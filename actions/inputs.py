"""The words that inputs are made of: lengths, ranges and what a database can hold."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MAX_ID = 2**31 - 1


class Input(BaseModel):
    """What a caller sends: a field that we do not know is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


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


def complaint(error: Mapping[str, Any]) -> str:
    """What pydantic says of a field, without its own vocabulary."""
    return str(error["msg"]).removeprefix("Value error, ")
