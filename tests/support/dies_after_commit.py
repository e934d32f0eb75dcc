"""A server that kills itself with -9 right after a commit, before anything is delivered.

It is the ordinary server with one more listener to commits, the first in line; the file named by
ROOMCAST_TEST_DEADLY_FILE arms it.
"""

import os
import signal
from pathlib import Path
from typing import Any

from models.transaction import listen_to_commits
from server.__main__ import main


def die_if_armed(_: list[Any]) -> None:
    if Path(os.environ["ROOMCAST_TEST_DEADLY_FILE"]).exists():
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    listen_to_commits(die_if_armed)
    main()
