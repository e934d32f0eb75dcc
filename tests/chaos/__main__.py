"""`make chaos`: break everything while people work, and print who lost what."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos.scenario import FULL, play


def main() -> int:
    """Returns the exit code: 1 where something was lost, doubled or out of order."""
    out = Console(highlight=False, width=120)
    folder = Path(tempfile.mkdtemp(prefix="roomcast-chaos-"))
    out.print(f"the servers' logs are in {folder}, and stay there if something fails")
    report = asyncio.run(play(FULL, folder, out))
    report.print(out)
    if report.complaints:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
