"""The words that inputs are made of: lengths, ranges and what a database can hold."""

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
    if not isinstance(value, str | date | None):
        raise ValueError("must be a date written YYYY-MM-DD")  # noqa: TRY004 - pydantic's protocol
    return value


Text = Annotated[str, Field(strict=True, max_length=10_000), AfterValidator(_storable)]
Title = Annotated[str, Field(strict=True, min_length=1, max_length=200), AfterValidator(_storable)]
Name = Annotated[str, Field(strict=True, max_length=150), AfterValidator(_storable)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
Day = Annotated[date | None, BeforeValidator(_iso_date)]
