"""The generator's process, and how the rest of the benchmark talks to it."""

import asyncio
import multiprocessing
import traceback
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self, TypeVar

import uvloop

from benchmarks.generator.crowd import Crowd
from benchmarks.generator.orders import Order
from benchmarks.measure import pin_to, raise_file_limit

T = TypeVar("T")
CORE = 1


class Generator:
    """The process; it ends with the block. Its sockets answer while it waits for orders."""

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        self._orders, theirs = spawn.Pipe()
        self._process = spawn.Process(target=run, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._orders.close()
        self._process.join(5)
        self._process.kill()

    def ask(self, order: Order[T]) -> T:
        """Have an order carried out; what goes wrong there is raised here."""
        self._orders.send(order)
        answer = self._orders.recv()
        if isinstance(answer, Failure):
            raise RuntimeError(answer.trace)  # noqa: TRY004 - it went wrong over there
        result: T = answer
        return result


class Failure:
    """An order that could not be carried out."""

    def __init__(self, trace: str) -> None:
        self.trace = trace


def run(orders: "Connection[Any, Any]") -> None:
    """Carry out orders until nobody is there to give them."""
    pin_to(CORE)
    raise_file_limit()
    uvloop.run(_serve(orders))


async def _serve(orders: "Connection[Any, Any]") -> None:
    crowds: dict[str, Crowd] = {}
    while True:
        try:
            order: Order[Any] = await asyncio.to_thread(orders.recv)
        except EOFError:
            return
        try:
            orders.send(await order.carry_out(crowds))
        except Exception:  # noqa: BLE001 - raised again on the other side
            orders.send(Failure(traceback.format_exc()))
