"""Starts the servers that are measured, each on the same core, and stops them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.support.services import free_port

HERE = Path(__file__).parent
ROOT = HERE.parent
CORE = 0
STARTS_WITHIN = 30.0
STOPS_WITHIN = 15.0
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


@dataclass(frozen=True)
class Program:
    """A server that runs. dialect: the door that the generator is to use"""

    name: str
    dialect: str
    port: int
    pid: int


@dataclass(frozen=True)
class Peer:
    """A server that could be started. command: with `{port}` and `{folder}` to fill in"""

    name: str
    dialect: str
    command: Sequence[str]


PYTHON = (sys.executable, "-m")
ROOMCAST = Peer("Roomcast", "socketio", (*PYTHON, "benchmarks.servers.roomcast"))
ROOMCAST_PLAIN = Peer("Roomcast, plain WebSocket", "plain", ROOMCAST.command)
NODE = Peer("Node Socket.IO", "socketio", ("node", str(HERE / "node" / "socketio.mjs")))
BARE = Peer("bare `send()` loop", "bare", (*PYTHON, "benchmarks.servers.bare_loop"))
PYTHON_SOCKETIO = Peer(
    "python-socketio as it comes", "socketio", (*PYTHON, "benchmarks.servers.python_socketio")
)
CHANNELS = Peer("Django Channels", "bare", (*PYTHON, "benchmarks.servers.channels_app"))
NGINX = Peer("nchan", "nchan", ("nginx", "-p", "{folder}", "-c", "{folder}/nginx.conf"))


@contextmanager
def running(peer: Peer, settings: Mapping[str, str] | None = None) -> Iterator[Program]:
    """The server, ready for clients; gone in the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="roomcast-bench-") as folder:
        if peer is NGINX:
            _configure_nginx(Path(folder), port)
        command = [part.format(port=port, folder=folder) for part in peer.command]
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["taskset", "--cpu-list", str(CORE), *command],
                cwd=ROOT,
                env={**_environment(port), **(settings or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_it_listens(process, port)
            yield Program(peer.name, peer.dialect, port, process.pid)
        finally:
            _stop(process)
            sys.stderr.write(log.read_text())


def _environment(port: int) -> dict[str, str]:
    """The caller's own settings of Roomcast are none of the benchmark's."""
    return {
        **{name: value for name, value in os.environ.items() if "ROOMCAST" not in name},
        "PORT": str(port),
        "ROOMCAST_HOST": "127.0.0.1",
        "ROOMCAST_PORT": str(port),
        "NODE_ENV": "production",
    }


def _configure_nginx(folder: Path, port: int) -> None:
    template = Template((HERE / "servers" / "nchan.conf").read_text())
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        template.safe_substitute(module=NCHAN, user=user, folder=folder, port=port)
    )


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not start.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_installed(peer: Peer) -> bool:
    """Whether `make bench-setup` could install it."""
    return peer is not NGINX or (NCHAN.exists() and shutil.which("nginx") is not None)
