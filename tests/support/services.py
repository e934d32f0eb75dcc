"""A real PostgreSQL and a real Redis for the tests: found or started, never skipped, cleaned up."""

import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.support.programs import find_postgres, find_redis

STARTS_WITHIN = 30.0
Answers = Callable[[], bool]
"""Does a server take a client at this moment?"""


class Service:
    """A server process of our own, which may be stopped and started again on its port and data."""

    def __init__(
        self, url: str, command: list[object], user: str | None, log: Path, answers: Answers
    ) -> None:
        self.url = url
        self._command = [str(part) for part in command]
        self._user = user
        self._log = log
        self._answers = answers

    def start(self) -> None:
        """Start it and wait until it takes clients; it is gone where it does not."""
        with self._log.open("a") as output:
            self.process = subprocess.Popen(
                self._command, user=self._user, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it. SIGINT: both end their clients' connections and stop in good order."""
        if self.process.poll() is not None:
            return
        self.wake()
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def hang(self) -> None:
        """Take connections and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self._command} did not start:\n{self._log.read_text()}")


@contextmanager
def postgres() -> Iterator[str]:
    """A server to make databases on: ROOMCAST_TEST_DATABASE_URL's, or our own on a free port."""
    if given := os.environ.get("ROOMCAST_TEST_DATABASE_URL"):
        yield given.rstrip("/")
        return
    with own_postgres() as server:
        yield server.url


@contextmanager
def redis() -> Iterator[str]:
    """A server to ourselves: `redis://HOST:PORT`, ROOMCAST_TEST_REDIS_URL's or one of our own."""
    if given := os.environ.get("ROOMCAST_TEST_REDIS_URL"):
        yield given.rstrip("/")
        return
    with own_redis() as server:
        yield server.url


@contextmanager
def own_postgres(*, durable: bool = False) -> Iterator[Service]:
    """A PostgreSQL that the test may stop. durable: a commit waits for the disk"""
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
            "fsync": "on" if durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [binaries / "postgres", "-D", data, *options]
        # It takes connections before it is ready to serve them.
        ask = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        url = f"postgres://postgres@127.0.0.1:{port}"
        own = Service(url, command, user, folder / "log", lambda: _succeeds(ask))
        with _started(own):
            yield own


@contextmanager
def own_redis(
    *options: str, port: int | None = None, program: Path | None = None
) -> Iterator[Service]:
    """A Redis that the test may stop; `program` is another than the one that is found."""
    with _workplace() as (folder, user):
        port = port or free_port()
        place = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        command = [program or find_redis(), *place, *options]
        url = f"redis://127.0.0.1:{port}"
        own = Service(url, command, user, folder / "log", lambda: _answers_ping(url))
        with _started(own):
            yield own


@contextmanager
def redis_cluster() -> Iterator[list[Service]]:
    """Three nodes of our own that share the slots between them."""
    with ExitStack() as stack:
        ports = [_cluster_port() for _ in range(3)]
        servers = [
            stack.enter_context(own_redis("--cluster-enabled", "yes", port=port)) for port in ports
        ]
        nodes = [stack.enter_context(Redis.from_url(server.url)) for server in servers]
        bounds = [n * REDIS_CLUSTER_HASH_SLOTS // len(nodes) for n in range(len(nodes) + 1)]
        for number, node in enumerate(nodes):
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            slots = range(bounds[number], bounds[number + 1])
            node.execute_command("CLUSTER", "ADDSLOTS", *slots)
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0])
        deadline = time.monotonic() + STARTS_WITHIN
        while not all(_sees_all_slots(node) for node in nodes):
            if time.monotonic() > deadline:
                raise RuntimeError("The nodes of the Redis cluster did not find each other.")
            time.sleep(0.05)
        yield servers


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False).returncode == 0


def _answers_ping(url: str) -> bool:
    try:
        with Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def _sees_all_slots(node: Redis) -> bool:
    info: bytes = node.execute_command("CLUSTER", "INFO")  # type: ignore[no-untyped-call]
    return b"cluster_state:ok" in info


def _cluster_port() -> int:
    """A free port whose companion, 10000 above, is free too: there nodes talk to each other."""
    while not _is_free((port := free_port()) + 10_000):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):  # taken, or beyond the last port
            return False
        return True


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
def _started(service: Service) -> Iterator[None]:
    service.start()
    try:
        yield
    finally:
        service.stop()
