"""Slow consumers: counted, and told why they were cut when they resume, on whichever server."""

import asyncio
from contextvars import Context
from uuid import UUID

from actions.sessions import note_cut
from server.failures import answer_to
from server.metrics import Metrics

SLOW_CONSUMER = "slow_consumer"


class Cuts:
    """Remembers with the login why its connection was cut."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, session_id: UUID) -> None:
        """A client did not read what it was sent. Never waits."""
        self._metrics.slow_consumers.inc()
        self._write(session_id, SLOW_CONSUMER)

    def forget(self, session_id: UUID) -> None:
        """The client has been told."""
        self._write(session_id, None)

    def _write(self, session_id: UUID, reason: str | None) -> None:
        task = asyncio.get_running_loop().create_task(
            self._try_to_write(session_id, reason), context=Context()
        )
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _try_to_write(self, session_id: UUID, reason: str | None) -> None:
        try:
            await note_cut(session_id, reason)
        except Exception as error:  # noqa: BLE001 - logged; a reason is worth no more than that
            answer_to(error, session_id=str(session_id))
