"""What is broken on purpose: PostgreSQL, Redis and three servers, as processes of the run's own."""

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.server import Server
from tests.support.services import Service, own_postgres, own_redis

AS_IN_PRODUCTION = {
    "ROOMCAST_HEADS_INTERVAL": "0.5",
    "ROOMCAST_NOTIFICATIONS_PER_WINDOW": "10",
    "ROOMCAST_NOTIFICATION_WINDOW": "5",
    "ROOMCAST_ACCESS_TOKEN_LIFETIME": "3600",
}
"""But for the window: a summary must come before the end, to tell on what was folded into it."""
STOPPED = (0, -signal.SIGTERM)
"""Exit codes of a server that was asked to stop."""


@dataclass
class Cluster:
    """Three servers over one PostgreSQL and one Redis.

    complaints: what they did that nobody asked for
    """

    postgres: Service
    redis: Service
    servers: Sequence[Server]
    complaints: list[str] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return f"{self.postgres.url}/postgres"

    def revive(self) -> None:
        """Start servers that died by themselves."""
        for server in self.servers:
            if server.process and (code := server.process.poll()) is not None:
                last = "\n".join(server.log_lines()[-5:])
                self.complaints.append(f"{server.log}: died with exit code {code}:\n{last}")
                server.start()

    def stop(self, server: Server) -> None:
        """Stop a server, which does so in good order and in time."""
        try:
            code = server.stop()
        except subprocess.TimeoutExpired:
            server.kill()
            self.complaints.append(f"{server.log}: did not stop when asked, and was killed")
        else:
            if code not in STOPPED:
                self.complaints.append(f"{server.log}: stopped with exit code {code}")

    def tracebacks(self) -> list[str]:
        """Each traceback in the servers' logs, with where it stands."""
        found = []
        for server in self.servers:
            lines = server.log_lines()
            for number, line in enumerate(lines):
                if "Traceback" in line:
                    excerpt = "\n".join(lines[number : number + 30])
                    if line.startswith("{"):
                        excerpt = json.loads(line)["exception"]
                    found.append(f"{server.log}:{number + 1}: {excerpt}")
        return found


@contextmanager
def cluster(folder: Path, servers: int = 3) -> Iterator[Cluster]:
    """All of it started, and stopped in the end; the servers' logs are in `folder`."""
    with own_postgres() as postgres, own_redis() as redis:
        settings = {**AS_IN_PRODUCTION, "ROOMCAST_REDIS_URL": redis.url}
        made = []
        for number in range(servers):
            place = folder / f"server-{number}"
            place.mkdir()
            made.append(Server(place, f"{postgres.url}/postgres", **settings))
        made[0].run("migrate")
        stage = Cluster(postgres, redis, made)
        try:
            for server in made:
                server.start()
            yield stage
        finally:
            for server in made:
                stage.stop(server)
