"""kill -9 between the commit and its delivery: nothing is lost, and nothing comes twice."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import NewDatabase
from tests.support.clients import Client
from tests.support.people import JSON, Person, Town
from tests.support.server import Server, running

DIES_AFTER_COMMIT = ("-m", "tests.support.dies_after_commit")


@pytest.fixture
def mortal(new_database: NewDatabase, tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server that kills itself after a commit while the file beside it exists."""
    deadly = tmp_path / "deadly"
    settings = {"ROOMCAST_TEST_DEADLY_FILE": str(deadly)}
    with running(tmp_path, new_database(), DIES_AFTER_COMMIT, **settings) as server:
        yield server, deadly


async def test_what_committed_before_the_crash_arrives_once_and_in_order(
    mortal: tuple[Server, Path],
) -> None:
    server, deadly = mortal
    async with Town(server.url) as town:
        ada, jane = await town.people("ada", "jane")
        project = await town.project(ada, jane)
        before: list[Client] = [await jane.on_python(), await jane.on_plain()]
        for client in before:
            await client.subscribe(project["id"])
        await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
        for client in before:
            assert (await client.hears("project_updated", health="at_risk"))["seq"] == 2
            await client.hears("notification_received", seq=2)

        deadly.touch()
        await _crash_while(ada, project, {"health": "off_track"})
        for client in before:
            await client.is_closed()
            await client.hears_nothing(room=f"project_{project['id']}")
        assert server.process
        assert server.process.wait() == -9
        deadly.unlink()
        server.start()

        after: list[Client] = [
            await jane.on_python(),
            await jane.on_plain(),
            await jane.on_node(),
        ]
        for client in after:
            await client.subscribe(project["id"], since=2)
        await ada.patch(f"projects/{project['id']}/", {"health": "on_track"})
        for client in after:
            for health, seq in (("off_track", 3), ("on_track", 4)):
                assert (await client.hears("project_updated"))["seq"] == seq, health
                assert (await client.hears("notification_received"))["seq"] == seq
            await client.hears_nothing()


async def test_a_person_concerned_is_told_after_the_crash(mortal: tuple[Server, Path]) -> None:
    server, deadly = mortal
    async with Town(server.url) as town:
        ada, jane = await town.people("ada", "jane")
        hers = await ada.on_plain()
        project = await town.project(ada)
        await hers.hears("project_updated")  # nothing else is on its way
        deadly.touch()
        await _crash_while(ada, project, {"user_id": jane.id}, "POST", "members/")
        assert server.process
        server.process.wait()
        deadly.unlink()
        server.start()
        assert (await jane.get(f"projects/{project['id']}/"))["id"] == project["id"]
        # The server that came back has handed it on, once: the next in her own log is 2.
        client = await jane.on_plain()
        await town.project(ada, jane)
        assert (await client.hears("project_updated", room=f"user_{jane.id}"))["seq"] == 2


async def _crash_while(
    ada: Person, project: JSON, body: JSON, method: str = "PATCH", path: str = ""
) -> None:
    try:
        await ada.call(method, f"projects/{project['id']}/{path}", body)
    except httpx.TransportError:
        return
    raise AssertionError("the server answered, so it did not die")
