"""Whoever asks at once is answered by one statement, each as of a moment after they asked."""

import asyncio

import pytest

from models.together import LANES, together
from models.transaction import transaction


class Oracle:
    """Answers with the number of its statement, when it is told to."""

    def __init__(self) -> None:
        self.statements: list[set[int]] = []
        self.may_answer = asyncio.Event()
        self.hangs: set[int] = set()
        self.ask = together(self._answer)

    def asks(self, *questions: int) -> asyncio.Task[dict[int, int]]:
        async def ask() -> dict[int, int]:
            return await self.ask(*questions)

        return asyncio.create_task(ask())

    async def busy(self) -> list[asyncio.Task[dict[int, int]]]:
        """As many statements on their way as there may be."""
        tasks = [self.asks(-lane) for lane in range(LANES)]
        await asyncio.sleep(0)
        assert len(self.statements) == LANES
        return tasks

    async def _answer(self, asked: set[int]) -> dict[int, int]:
        self.statements.append(asked)
        number = len(self.statements)
        await self.may_answer.wait()
        if self.hangs & asked:
            await asyncio.Event().wait()
        if -13 in asked:
            raise ConnectionError("away")
        return dict.fromkeys(asked, number)


@pytest.fixture
async def oracle() -> Oracle:
    return Oracle()


async def test_those_who_wait_share_a_statement_that_began_after_they_asked(oracle: Oracle) -> None:
    first = await oracle.busy()
    others = [oracle.asks(number, number + 1) for number in range(100)]
    await asyncio.sleep(0)
    oracle.may_answer.set()
    answers = await asyncio.gather(*others)
    assert oracle.statements[LANES:] == [set(range(101))]
    assert all(answer[number] == LANES + 1 for number, answer in enumerate(answers))
    assert [await task for task in first] == [{-lane: lane + 1} for lane in range(LANES)]


async def test_one_after_the_other_each_has_a_statement(oracle: Oracle) -> None:
    oracle.may_answer.set()
    assert [await oracle.ask(number) for number in range(5)] == [{n: n + 1} for n in range(5)]


@pytest.mark.parametrize("asked_first", [True, False])
async def test_who_gives_up_takes_nobody_with_them(oracle: Oracle, asked_first: bool) -> None:  # noqa: FBT001 - a parameter of the test
    first = await oracle.busy()
    waits, gives_up = oracle.asks(1), oracle.asks(2)
    await asyncio.sleep(0)
    (first[0] if asked_first else gives_up).cancel()
    await asyncio.sleep(0)
    oracle.may_answer.set()
    assert 1 in await waits


async def test_a_failure_is_told_to_those_in_it_and_to_nobody_else(oracle: Oracle) -> None:
    await oracle.busy()
    unlucky = [oracle.asks(-13), oracle.asks(1)]
    await asyncio.sleep(0)
    oracle.may_answer.set()
    told = await asyncio.gather(*unlucky, return_exceptions=True)
    assert all(isinstance(answer, ConnectionError) for answer in told)
    for _ in range(LANES + 1):
        assert await oracle.ask(1)


async def test_a_statement_that_hangs_keeps_nobody_waiting_but_those_in_it(oracle: Oracle) -> None:
    oracle.hangs = {7}
    hanging = oracle.asks(7)
    oracle.may_answer.set()
    async with asyncio.timeout(5):
        for number in range(5):
            assert await oracle.ask(number)
        await asyncio.gather(*(oracle.asks(8) for _ in range(5)))
    hanging.cancel()


@pytest.mark.usefixtures("database")
async def test_inside_a_transaction_it_is_asked_in_it(oracle: Oracle) -> None:
    await oracle.busy()
    oracle.may_answer.set()
    async with transaction():
        assert await oracle.ask(1) == {1: LANES + 1}
