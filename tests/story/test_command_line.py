"""The command line, as people run it: real processes on real data."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.clients import PATIENCE
from tests.support.people import Town
from tests.support.server import ROOT, SECRET, Server, running


@contextmanager
def watching(server: Server, log: Path) -> Iterator[None]:
    """`roomcast watch` of the demo's first project, as ada, writing to a file."""
    arguments = ["watch", "--project", "1", "--user", "ada", "--url", server.url]
    with log.open("w") as output:
        watcher = subprocess.Popen(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env={**server.environment, "COLUMNS": "200"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        watcher.terminate()
        watcher.wait()


def shows(log: Path, *parts: str) -> None:
    """Wait until a line with these words is there."""
    deadline = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < deadline:
        if any(all(part in line for part in parts) for line in log.read_text().splitlines()):
            return
        time.sleep(0.05)
    raise AssertionError(f"no line with {parts} in:\n{log.read_text()}")


def change(server: Server, username: str, path: str, body: dict[str, object]) -> None:
    token = server.run("token", username)
    httpx.patch(
        f"{server.url}/api/v1/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
    ).raise_for_status()


def test_the_demo_is_watched_changed_and_survives_a_crash(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        assert "ada, jane_smith" in server.run("seed")
        assert "ada, jane_smith" in server.run("seed"), "seeding twice is harmless"
        log = tmp_path / "watch.log"
        with watching(server, log):
            shows(log, "watching project_1")
            change(server, "jane_smith", "projects/1/milestones/2/", {"progress": 100})
            shows(log, "milestone_changed", "updated: Offline mode (100 %)")
            shows(log, "notification_received", "has been completed, by jane_smith")
            server.run("notify", "--project", "1", "--actor", "ci-bot", "--title", "Live")
            shows(log, "room_head", "project_1 #12")

            server.kill()
            shows(log, "connection lost", "trying again in 1 s")
            server.run("notify", "--project", "1", "--actor", "ci-bot", "--title", "While down")
            server.start()
            shows(log, "room_head", "project_1 #13")
        numbers = re.findall(r"(?:milestone_changed|room_head) +project_1 #(\d+)", log.read_text())
        assert numbers == ["10", "11", "12", "13"], "each once, in order"


def test_what_cannot_be_done_is_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    server = Server(tmp_path, "")
    server.run("migrate")
    server.run("seed")
    notify = ["notify", "--project", "1", "--actor", "ci-bot", "--title", "T"]
    for arguments, said in (
        (["token", "nobody"], "no active user 'nobody'"),
        (["grant", "nobody", "staff"], "no user 'nobody'"),
        ([*notify, "--data", "{"], "not JSON"),
        ([*notify, "--event-type", "Not A Type"], "event_type"),
    ):
        with pytest.raises(RuntimeError, match=said) as refused:
            server.run(*arguments)
        assert "Traceback" not in str(refused.value)


async def test_a_stranger_may_not_watch(server: Server, town: Town) -> None:
    stranger = await town.person("stranger")
    watch = ["watch", "--project", "1", "--url", server.url]
    with pytest.raises(RuntimeError, match="no project 1 that you are a member of"):
        server.run(*watch, "--token", stranger.access)
    with pytest.raises(RuntimeError, match="not a token of this server"):
        server.run(*watch, "--token", "junk")


@pytest.mark.parametrize("secret", ["", "too short"])
def test_a_real_database_demands_a_real_secret_and_shows_none(tmp_path: Path, secret: str) -> None:
    server = Server(tmp_path, "postgres://postgres@127.0.0.1:1/none", ROOMCAST_SECRET=secret)
    with pytest.raises(RuntimeError, match="ROOMCAST_SECRET must be set") as refused:
        server.run("serve")
    assert "too short" not in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_database_that_is_away_or_not_migrated_is_named(
    tmp_path: Path, postgres_url: str
) -> None:
    away = Server(tmp_path, "postgres://postgres@127.0.0.1:1/none")
    with pytest.raises(RuntimeError, match="database does not answer") as refused:
        away.run("serve")
    assert "Traceback" not in str(refused.value)
    with pytest.raises(RuntimeError, match="roomcast migrate"):
        Server(tmp_path, f"{postgres_url}/postgres").run("serve")


async def test_a_port_that_is_taken_is_named(server: Server, tmp_path: Path) -> None:
    second = Server(tmp_path, "", ROOMCAST_PORT=str(server.port))
    with pytest.raises(RuntimeError, match=f"Cannot listen on 127.0.0.1:{server.port}") as refused:
        second.run("serve")
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("PORT", "70000"), ("LOG_LEVEL", "loud"), ("DATABASE_URL", "mysql://localhost/x")],
)
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, setting: str, value: str) -> None:
    server = Server(tmp_path, "")
    server.environment[f"ROOMCAST_{setting}"] = value
    with pytest.raises(RuntimeError, match=f"ROOMCAST_{setting}: "):
        server.run("serve")


def test_the_embedded_start_makes_a_secret_and_keeps_it_to_itself(tmp_path: Path) -> None:
    with running(tmp_path, "", ROOMCAST_SECRET="") as server:
        path = tmp_path / "data" / "secret.key"
        made = path.read_text()
        assert len(made) >= len(SECRET)
        assert path.stat().st_mode & 0o077 == 0
        server.run("seed")
        token = server.run("token", "ada")
        server.stop()
        server.start()
        assert path.read_text() == made
        me = httpx.get(f"{server.url}/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["username"] == "ada"


def test_a_loop_that_dies_takes_the_server_with_it(tmp_path: Path) -> None:
    server = Server(tmp_path, "")
    with server.log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.loop_dies", "serve"],
            cwd=ROOT,
            env={**os.environ, **server.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert "loop_died" in server.log.read_text()
