"""What clients may send: the shape of each frame, and what is said about any other."""

from collections.abc import Iterable
from typing import Annotated, Self, TypeVar

import orjson
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from actions.inputs import Id, Input, complaint
from models.refusals import Invalid

MOST_ROOMS = 200
"""Rooms of one resume. Each in which something was missed costs a replay."""
LONGEST_NAME = 64


def _few_rooms(said: object) -> object:
    if isinstance(said, dict) and len(said) > MOST_ROOMS:
        raise ValueError(f"name {MOST_ROOMS} rooms at most, and the rest in another `resume` frame")
    return said


Seq = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
RoomName = Annotated[str, StringConstraints(max_length=LONGEST_NAME, strip_whitespace=False)]
Cursors = Annotated[dict[RoomName, Seq], BeforeValidator(_few_rooms)]
"""Rooms, each with the seq of the last cursor frame that was applied."""


class SubscribeProject(Input):
    """Watch a project.

    With `since`, the events after that seq come first; with `snapshot`, the acknowledgement holds
    everything there is to see, and the events after it follow.
    """

    project_id: Id
    since: Seq | None = None
    snapshot: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.snapshot and self.since is not None:
            raise ValueError("send snapshot or since, not both: each says where to begin")
        return self


class Resume(Input):
    """Come back into rooms."""

    rooms: Cursors


class Handshake(Input):
    """What a client may say when it connects, besides its token."""

    resume: Cursors


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
        field = ".".join(str(part)[:LONGEST_NAME] for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(shape.model_fields)
            raise Invalid(
                "unknown_field", f"{field}: no such field here. Known: {known}."
            ) from error
        where = f"{field}: " if field else ""
        raise Invalid("invalid_field", f"{where}{complaint(first)}.") from error


def read_cursors(said: object) -> dict[str, int]:
    """The `resume` of a connection: an object of rooms and seqs, as JSON where it is text."""
    if said is None:
        return {}
    if isinstance(said, str):
        try:
            said = orjson.loads(said)
        except orjson.JSONDecodeError as error:
            raise Invalid("malformed_json", f"resume: send a JSON object: {error}.") from error
    return read_frame(Handshake, {"resume": said}).resume


def unknown_type(name: object, known: Iterable[str]) -> Invalid:
    said = f"{name[:64]!r} is not one" if isinstance(name, str) else "it is missing or no string"
    return Invalid("unknown_type", f"type: {said}. Known: {', '.join(sorted(known))}.")
