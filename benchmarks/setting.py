"""What every case is given: the generator, how much to measure, and where to put things."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.program import Generator
from benchmarks.population import SECRET

UNLIMITED = "100000"
HOURS = "86400"


@dataclass(frozen=True)
class Setting:
    """quick: a third of the work, to try a change; folder: gone after the run"""

    generator: Generator
    rounds: int
    quick: bool
    folder: Path


def roomcast_settings(folder: Path, **more: str) -> Mapping[str, str]:
    """Roomcast's environment: caps raised, and nothing on a timer that another would not do."""
    return {
        "ROOMCAST_DATA_DIR": str(folder),
        "ROOMCAST_SECRET": SECRET,
        "ROOMCAST_MAX_CONNECTIONS": UNLIMITED,
        "ROOMCAST_MAX_CONNECTIONS_PER_PROJECT": UNLIMITED,
        "ROOMCAST_MAX_CONNECTIONS_PER_USER": UNLIMITED,
        "ROOMCAST_PING_INTERVAL": HOURS,
        "ROOMCAST_LOG_LEVEL": "warning",
        **more,
    }


def peer_settings(folder: Path, database_url: str) -> Mapping[str, str]:
    """For Roomcast and for the Node peer that does as much: both on PostgreSQL."""
    return {
        **roomcast_settings(folder, ROOMCAST_DATABASE_URL=database_url),
        "DATABASE_URL": database_url,
        "SECRET": SECRET,
    }
