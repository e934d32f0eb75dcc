"""What a process has used, as Linux counts it."""

import os
import resource
import threading
from pathlib import Path
from typing import Self

PROC = Path("/proc")
SAMPLED_EVERY = 0.2


def cpu_ns(pid: int) -> int:
    """CPU time of a process, its threads and its children, in nanoseconds."""
    return sum(_own_cpu_ns(one) for one in family(pid))


def pss_bytes(pid: int) -> int:
    """Memory of a process and its children; what they share is divided among them."""
    return sum(_own_pss_bytes(one) for one in family(pid))


def family(pid: int) -> list[int]:
    """The process and everything below it: nginx works in a child."""
    found = [pid]
    for parent in found:
        for task in _tasks(parent):
            found += map(int, (task / "children").read_text().split())
    return found


class MemoryWatch:
    """Reads the memory of a process five times a second while its block lasts.

    peak: the most that was seen, in bytes of PSS
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.peak = pss_bytes(pid)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLED_EVERY):
            self.peak = max(self.peak, pss_bytes(self._pid))


def file_limit() -> int:
    """How many files this process may have open at most, once it has raised its limit."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def raise_file_limit() -> None:
    """As many sockets as the machine lets this process and its children have."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (file_limit(), file_limit()))


def pin_to(core: int) -> None:
    """This process runs on one core from now on; so do those that it starts."""
    os.sched_setaffinity(0, {core})


def _own_cpu_ns(pid: int) -> int:
    return sum(int((task / "schedstat").read_text().split()[0]) for task in _tasks(pid))


def _own_pss_bytes(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{PROC / str(pid)}: this kernel does not tell the memory of a process.")


def _tasks(pid: int) -> list[Path]:
    return list((PROC / str(pid) / "task").iterdir())
