"""A Roomcast server as its users run it: a process of its own, told by its environment."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.services import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 30.0
SECRET = "a secret that is only for tests, really"
QUICK = {
    "ROOMCAST_NOTIFICATIONS_PER_WINDOW": "100000",
    "ROOMCAST_HEADS_INTERVAL": "0.1",
    "ROOMCAST_LOG_LEVEL": "info",
    "ROOMCAST_SECRET": SECRET,
}
"""The settings of most tests: the notification limit raised, and a short wait for lost hints."""


class Server:
    """One server process, which may be killed and started again on the same port and data.

    trust: whom to trust where it speaks TLS
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        trust: ssl.SSLContext | None = None,
        /,
        **settings: str,
    ) -> None:
        self.port = free_port()
        self.trust = trust
        self.url = f"http{'s' if trust else ''}://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if "ROOMCAST" not in name},
            **QUICK,
            "ROOMCAST_DATABASE_URL": database_url,
            "ROOMCAST_DATA_DIR": str(folder / "data"),
            "ROOMCAST_PORT": str(self.port),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *entry: str) -> None:
        """Start it and wait until it is ready; it is gone where it is not.

        entry: replaces `-m server`, to break it
        """
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, *(entry or ("-m", "server")), "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_ready(self.process)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill -9: no goodbye, nothing flushed."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; returns its exit code. Raises TimeoutExpired where it was killed."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.terminate()
        try:
            return self.process.wait(20)
        except BaseException:
            self.kill()
            raise

    def run(self, *arguments: str) -> str:
        """Run a command of the command line against the same data; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"roomcast {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def log_lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and process.poll() is None:
            try:
                ready = httpx.get(f"{self.url}/readyz", verify=self.trust or True)
                if ready.status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")


@contextmanager
def ending(server: Server) -> Iterator[None]:
    """Whatever becomes of it, it is gone in the end; for tests that start it themselves."""
    try:
        yield
    finally:
        server.stop()


@contextmanager
def running(
    folder: Path,
    database_url: str,
    entry: tuple[str, ...] = (),
    trust: ssl.SSLContext | None = None,
    /,
    **settings: str,
) -> Iterator[Server]:
    """A server that is ready, and stopped in the end; its log must show no traceback."""
    server = Server(folder, database_url, trust, **settings)
    server.start(*entry)
    try:
        yield server
    finally:
        server.stop()
        assert "Traceback" not in server.log.read_text(), server.log.read_text()
