"""What the database alone takes for as much: two statements and a COMMIT, at the same pace."""

import asyncio
from dataclasses import dataclass
from time import perf_counter_ns

import asyncpg

from benchmarks.generator.orders import Crowds, Order
from benchmarks.generator.writes import Delay, delay_of

TABLE = "CREATE TABLE IF NOT EXISTS bench_commits (id serial PRIMARY KEY, seq bigint, body text)"
BODY = "x" * 1000


@dataclass(frozen=True)
class Commits:
    """whole: from BEGIN to the end of COMMIT; commit: that statement alone"""

    whole: Delay
    commit: Delay


@dataclass(frozen=True)
class Commit(Order[Commits]):
    """Commit so many times a second, on one connection."""

    database_url: str
    a_second: int
    seconds: float

    async def carry_out(self, crowds: Crowds) -> Commits:  # noqa: ARG002 - nobody listens
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(TABLE)
            head = await connection.fetchval(
                "INSERT INTO bench_commits (seq, body) VALUES (0, '') RETURNING id"
            )
            return await self._commit(connection, head)
        finally:
            await connection.close()

    async def _commit(self, connection: asyncpg.Connection, head: int) -> Commits:
        whole: list[int] = []
        alone: list[int] = []
        due = perf_counter_ns()
        for number in range(round(self.a_second * self.seconds)):
            await asyncio.sleep((due - perf_counter_ns()) / 1e9)
            due += 1_000_000_000 // self.a_second
            began = perf_counter_ns()
            await connection.execute("BEGIN")
            await connection.execute("UPDATE bench_commits SET seq = seq + 1 WHERE id = $1", head)
            await connection.execute(
                "INSERT INTO bench_commits (seq, body) VALUES ($1, $2)", number, BODY
            )
            committing = perf_counter_ns()
            await connection.execute("COMMIT")
            whole.append(perf_counter_ns() - began)
            alone.append(perf_counter_ns() - committing)
        return Commits(delay_of(whole), delay_of(alone))
