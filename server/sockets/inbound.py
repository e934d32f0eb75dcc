"""What clients may send: the shape of each frame, and what is said about any other."""

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from actions.inputs import Id, Input, complaint
from models.refusals import Invalid


class SubscribeProject(Input):
    """Watch a project; with `since`, the events after that seq come first."""

    project_id: Id
    since: Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)] | None = None


class UnsubscribeProject(Input):
    """Watch it no more."""

    project_id: Id


class RefreshToken(Input):
    """Go on with a new access token of the same user."""

    token: Annotated[str, Field(strict=True, max_length=8192)]


F = TypeVar("F", bound=Input)


def read_frame(shape: type[F], body: object) -> F:
    """The frame, or Invalid with the field to change."""
    if not isinstance(body, dict):
        raise Invalid("not_an_object", "Send one JSON object with the fields of the frame.")
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(shape.model_fields)
            raise Invalid(
                "unknown_field", f"{field}: no such field here. Known: {known}."
            ) from error
        raise Invalid("invalid_field", f"{field}: {complaint(first)}.") from error


def unknown_type(name: object, known: Iterable[str]) -> Invalid:
    said = f"{name[:64]!r} is not one" if isinstance(name, str) else "it is missing or no string"
    return Invalid("unknown_type", f"type: {said}. Known: {', '.join(sorted(known))}.")
