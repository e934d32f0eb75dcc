"""From an empty cluster to the verdict: people, projects, clients, writers, faults, silence."""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from traceback import format_exception

from rich.console import Console

from tests.chaos.aftermath import catch_up, read_truth
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.faults import Faults
from tests.chaos.lines import PlainLine, SocketIOLine
from tests.chaos.proxy import Proxy
from tests.chaos.report import Report
from tests.chaos.subscriber import Subscriber
from tests.chaos.truth import miscopied, unlike_the_log
from tests.chaos.verdict import judge
from tests.chaos.writers import Journal, Writer
from tests.support.people import JSON, Person, Town

CLIENTS_EACH = 3
FOLLOWED = (0, 1, 3, 7, 12, 16)
"""Which projects the first watcher is on; the others are shifted."""


@dataclass(frozen=True)
class Scale:
    """How much of it; times in seconds. Each watcher has three clients."""

    watchers: int
    projects: int
    changes: int
    writers: int
    pace: float
    pause: float
    away: float
    redis_away: float
    every_fault: bool


FULL = Scale(20, 20, 2000, 12, 0.35, 4, 1.5, 10, every_fault=True)
SHORT = Scale(7, 20, 300, 6, 0.25, 0.5, 0.5, 2, every_fault=False)


@dataclass
class Cast:
    """Who is in it. The managers write, on every project; the watchers have clients."""

    managers: Sequence[Person]
    shared: Sequence[JSON]
    clients: Sequence[Subscriber]
    leaving: Sequence[tuple[int, Person]]

    @property
    def projects(self) -> list[int]:
        return [milestone["project_id"] for milestone in self.shared]


async def play(scale: Scale, folder: Path, out: Console) -> Report:
    """Run it all; the report says how it went."""
    dice = random.Random()  # noqa: S311 - variety, not secrecy
    with cluster(folder) as stage:
        async with (
            Proxy([server.port for server in stage.servers], dice) as proxy,
            Town(proxy.url) as town,
        ):
            cast = await _assemble(scale, town, dice)
            living = [asyncio.create_task(client.live(proxy.url)) for client in cast.clients]
            try:
                journal = await _work_in_chaos(scale, stage, proxy, cast, out)
                out.print("writing is over; waiting for the clients")
                late = await catch_up(stage, cast.clients, cast.leaving)
                truth = await read_truth(stage, cast.managers[0], cast.projects)
            finally:
                for task in living:
                    task.cancel()
                ends = await asyncio.gather(*living, return_exceptions=True)
        rows = [judge(client, truth) for client in cast.clients]
    complaints = stage.complaints + _failures("a client", ends) + late
    complaints += [complaint for row in rows for complaint in row.complaints]
    complaints += unlike_the_log(journal.events, truth.log) + miscopied(truth.log)
    complaints += stage.tracebacks()
    return Report(journal.changes, journal.retries, rows, complaints)


async def _assemble(scale: Scale, town: Town, dice: random.Random) -> Cast:
    managers = await town.people(*(f"manager{number}" for number in range(4)))
    watchers = await town.people(*(f"watcher{number}" for number in range(scale.watchers)))
    owner, *others = managers
    shared = []
    follows: dict[int, list[int]] = {number: [] for number in range(scale.watchers)}
    for place in range(scale.projects):
        on_it = [n for n in follows if (place - n) % scale.projects in FOLLOWED]
        team = [{"user_id": person.id, "role": "manager"} for person in others]
        team += [{"user_id": watchers[n].id, "role": "member"} for n in on_it]
        project = await owner.post("projects/", {"title": f"Project {place}", "members": team})
        shared.append(await owner.post(f"projects/{project['id']}/milestones/", {"title": "M"}))
        for n in on_it:
            follows[n].append(project["id"])
    clients = [
        Subscriber(f"watcher{n}/{k}", watchers[n], door, follows[n], dice, resumes=k > 0)
        for n in follows
        for k in range(CLIENTS_EACH)
        for door in [(SocketIOLine, PlainLine)[(n + k) % 2]]
    ]
    leaving = [(follows[n][0], watchers[n]) for n in follows if n % 2 == 0]
    return Cast(managers, shared, clients, leaving)


async def _work_in_chaos(
    scale: Scale, stage: Cluster, proxy: Proxy, cast: Cast, out: Console
) -> Journal:
    """People write until the last fault is over; with each fault, somebody leaves a project.

    Whatever fails is a complaint of the cluster's, so that there is a table to read.
    """
    faults = Faults(stage, proxy, away=scale.away, redis_away=scale.redis_away)
    schedule = faults.once_each() + (faults.the_rest() if scale.every_fault else [])
    journal = Journal()
    owner = Writer("owner", cast.managers[0], cast.shared, journal, 0)
    over = False

    def enough() -> bool:
        return over and journal.changes >= scale.changes

    async def go_wrong() -> None:
        nonlocal over
        started = time.monotonic()
        leaving = iter(cast.leaving)
        try:
            for what, fault in schedule:
                await asyncio.sleep(scale.pause)
                await asyncio.to_thread(stage.revive)
                out.print(f"{time.monotonic() - started:6.1f} s  {what}")
                goodbyes = [owner.takes_off(*one) for one in islice(leaving, 1)]
                ends = await asyncio.gather(fault(), *goodbyes, return_exceptions=True)
                stage.complaints += _failures(what, ends)
            await asyncio.sleep(scale.pause)
            await asyncio.to_thread(stage.revive)
        finally:
            over = True

    people = islice(cycle(cast.managers), scale.writers)
    writers = [Writer(f"{n}", one, cast.shared, journal, n) for n, one in enumerate(people)]
    writing = [writer.write(enough, scale.pace) for writer in writers]
    ends = await asyncio.gather(go_wrong(), *writing, return_exceptions=True)
    stage.complaints += _failures("the work", ends)
    await asyncio.to_thread(stage.revive)
    return journal


def _failures(what: str, ends: Iterable[object]) -> list[str]:
    """What was raised. To be cancelled is no failure."""
    errors = [end for end in ends if isinstance(end, Exception)]
    return [f"{what} failed: {''.join(format_exception(error))}" for error in errors]
