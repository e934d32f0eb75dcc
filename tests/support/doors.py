"""The doors that a person comes in by, as a test runs through each."""

from typing import Protocol

import pytest

from tests.support.clients import Client, Cursors
from tests.support.people import Person


class Connect(Protocol):
    """Opens a connection of this person, who may say how far they had come."""

    async def __call__(self, person: Person, resume: Cursors | None = None) -> Client: ...


async def plain(person: Person, resume: Cursors | None = None) -> Client:
    return await person.on_plain(resume)


async def python(person: Person, resume: Cursors | None = None) -> Client:
    return await person.on_python(resume=resume)


async def polling(person: Person, resume: Cursors | None = None) -> Client:
    return await person.on_python("polling", resume=resume)


async def node(person: Person, resume: Cursors | None = None) -> Client:
    return await person.on_node(resume)


DOORS: dict[str, Connect] = {"plain": plain, "python": python, "polling": polling, "node": node}
on_each_door = pytest.mark.parametrize("connect", DOORS.values(), ids=DOORS.keys())
