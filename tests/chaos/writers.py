"""People who change things, each change retried with its key until it is done: exactly once."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import uuid4

import httpx

from tests.support.people import JSON, Person

MARK = "change "
"""How the text that tells a change from all others begins."""
GIVES_UP_AFTER = 120.0
"""Seconds for one change: longer than any fault, so what broke then was not mended."""


class Journal:
    """What was asked for and done: each event that must be in the log, by type and marker."""

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.changes = 0
        self.retries = 0


class Writer:
    """Somebody who goes on changing projects, one change after the other."""

    def __init__(
        self, name: str, person: Person, shared: Sequence[JSON], journal: Journal, seed: int
    ) -> None:
        self._name = name
        self._person = person
        self._shared = shared
        self._own: list[JSON] = []
        self._journal = journal
        self._dice = random.Random(seed)  # noqa: S311 - variety, not secrecy
        self._count = 0

    async def write(self, enough: Callable[[], bool], pace: float) -> None:
        """Change something every `pace` seconds or so, until there is enough."""
        while not enough():
            self._count += 1
            marker = f"{MARK}{self._name}-{self._count}"
            await self._change_something(marker)
            self._journal.changes += 1
            await asyncio.sleep(self._dice.uniform(0, 2 * pace))

    async def _change_something(self, marker: str) -> None:
        shared = self._dice.choice(self._shared)
        project = f"projects/{shared['project_id']}/"
        match self._dice.randrange(10):
            case 0 | 1 | 2:
                await self.call("PATCH", _path(shared), {"title": marker})
                self._did("milestone_updated", marker)
            case 3 | 4:
                await self.call("PATCH", project, {"description": marker})
                self._did("project_updated", marker)
            case 5:
                notice = {"event_type": "build_finished", "title": marker}
                await self.call("POST", f"{project}notify/", notice)
                self._did("build_finished", marker)
            case 6 | 7:
                new = {"title": marker, "progress": 10}
                self._own.append(await self.call("POST", f"{project}milestones/", new))
                self._did("milestone_created", marker)
            case _:
                await self._finish_one(marker)

    async def _finish_one(self, marker: str) -> None:
        """Complete one of its own, which nobody else touches; one that is complete goes."""
        if not self._own:
            self._own.append(await self.call("POST", _list(self._shared[0]), {"title": marker}))
            self._did("milestone_created", marker)
            return
        milestone = self._own.pop(0)
        if milestone["progress"] == 100:
            await self.call("DELETE", _path(milestone))
            self._did("milestone_deleted", milestone["title"])
            return
        done = {"title": marker, "progress": 100}
        self._own.append(await self.call("PATCH", _path(milestone), done))
        self._did("milestone_updated", marker)
        self._did("milestone_completed", marker)

    async def takes_off(self, project: int, person: Person) -> None:
        """Take somebody off a project."""
        await self.call("DELETE", f"projects/{project}/members/{person.id}/")
        self._did("team_member_removed", off(project, person.id))
        self._journal.changes += 1

    async def call(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Call with one Idempotency-Key until it succeeds; a refusal is a failure of the test."""
        key = uuid4().hex
        async with asyncio.timeout(GIVES_UP_AFTER):
            while True:
                try:
                    response = await self._person.call(method, path, body, Idempotency_Key=key)
                except httpx.TransportError:
                    pass
                else:
                    if response.status_code not in (429, 500, 503):
                        assert response.is_success, f"{method} {path}: {response.text}"
                        answer: JSON = response.json() if response.content else {}
                        return answer
                self._journal.retries += 1
                await asyncio.sleep(self._dice.uniform(0.1, 0.5))

    def _did(self, kind: str, marker: str) -> None:
        self._journal.events[kind, marker] += 1


def off(project: int, person: int) -> str:
    """The marker of somebody's removal."""
    return f"{MARK}person {person} off project {project}"


def _list(milestone: JSON) -> str:
    return f"projects/{milestone['project_id']}/milestones/"


def _path(milestone: JSON) -> str:
    return f"{_list(milestone)}{milestone['id']}/"
