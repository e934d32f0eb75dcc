"""One statement for all who ask at once: whoever comes while one is answered is in the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Generic, TypeVar

from models.transaction import current_transaction

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")
LANES = 2
"""Statements of one kind at a time: one that hangs keeps nobody waiting but those who are in it."""
MOST = 500
"""Questions in one statement, which is to take milliseconds; one asker's are never divided."""


def together(
    answer: Callable[[set[Q]], Awaitable[dict[Q, A]]],
) -> Callable[..., Awaitable[dict[Q, A]]]:
    """Make of a function that answers many questions in one statement one to ask a few of.

    The answers are of a moment after they were asked for, and may hold those of others. Inside a
    transaction they are asked for alone, in it.
    """
    return _Together(answer).ask


class _Together(Generic[Q, A]):
    def __init__(self, answer: Callable[[set[Q]], Awaitable[dict[Q, A]]]) -> None:
        self._answer = answer
        self._free = LANES
        self._waiting: deque[tuple[tuple[Q, ...], asyncio.Future[dict[Q, A]]]] = deque()
        self._answering: set[asyncio.Task[None]] = set()

    async def ask(self, *questions: Q) -> dict[Q, A]:
        if current_transaction() is not None:
            return await self._answer(set(questions))
        if not self._free:
            asked: asyncio.Future[dict[Q, A]] = asyncio.get_running_loop().create_future()
            self._waiting.append((questions, asked))
            return await asked
        self._free -= 1
        try:
            return await self._answer(set(questions))
        finally:
            self._hand_on()

    def _hand_on(self) -> None:
        """Give a lane to those who wait, if any: to a task, for each of them may be cancelled."""
        if not self._waiting:
            self._free += 1
            return
        task = asyncio.create_task(self._answer_some(), context=Context())
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer_some(self) -> None:
        questions: set[Q] = set()
        asking: list[asyncio.Future[dict[Q, A]]] = []
        while self._waiting and len(questions) < MOST:
            theirs, asked = self._waiting.popleft()
            if not asked.done():
                questions.update(theirs)
                asking.append(asked)
        try:
            answers = await self._answer(questions) if asking else {}  # another lane was first
        except Exception as error:  # noqa: BLE001 - raised to whoever asked
            for asked in asking:
                if not asked.done():
                    asked.set_exception(error)
        else:
            for asked in asking:
                if not asked.done():
                    asked.set_result(answers)
        finally:
            for asked in asking:
                asked.cancel()  # harmless where it is done
            self._hand_on()
