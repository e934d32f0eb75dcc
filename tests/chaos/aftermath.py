"""When the last change is made: wait for the clients, then ask the log and REST what is true."""

import asyncio
import json
from collections.abc import Sequence

import asyncpg

from tests.chaos.cluster import Cluster
from tests.chaos.subscriber import Subscriber
from tests.chaos.truth import Logged, Truth
from tests.chaos.verdict import behind
from tests.support.clients import SILENCE
from tests.support.people import JSON, Person
from tests.support.wire import STEP

CATCH_UP_WITHIN = 30.0
NOT_HANDED_ON = "SELECT room FROM fanout_cursors JOIN streams USING (room) WHERE head > fanned_seq"
LOG = """
    SELECT event.room, event.id, event.seq, event.event_id, event.type,
      coalesce(origin.body, event.body), event.created_at, event.origin_id
    FROM events event LEFT JOIN events origin ON origin.id = event.origin_id
    ORDER BY event.room, event.seq
"""


async def catch_up(
    stage: Cluster, clients: Sequence[Subscriber], left: Sequence[tuple[int, Person]]
) -> list[str]:
    """Wait until everybody has heard all; returns who and what has not come so far in time."""
    database = await asyncpg.connect(stage.database_url)
    try:
        for _ in range(round(CATCH_UP_WITHIN / STEP)):
            if not (waiting := await database.fetch(NOT_HANDED_ON)):
                break
            await asyncio.sleep(STEP)
        heads = dict(await database.fetch("SELECT room, head FROM streams"))
    finally:
        await database.close()
    for _ in range(round(CATCH_UP_WITHIN / STEP)):
        if not (late := behind(clients, heads, left)):
            break
        await asyncio.sleep(STEP)
    await asyncio.sleep(SILENCE)  # for what must not come any more
    return [f"{room} was not handed on to the people it concerns" for (room,) in waiting] + late


async def read_truth(stage: Cluster, owner: Person, projects: Sequence[int]) -> Truth:
    """What the log and REST say."""
    database = await asyncpg.connect(stage.database_url)
    try:
        rows = await database.fetch(LOG)
    finally:
        await database.close()
    log: dict[str, list[Logged]] = {}
    for room, key, seq, event_id, kind, body, created_at, origin in rows:
        event = Logged(key, seq, str(event_id), kind, json.loads(body), created_at, origin)
        log.setdefault(room, []).append(event)
    snapshots = {f"project_{project}": await _snapshot(owner, project) for project in projects}
    return Truth(log, snapshots)


async def _snapshot(person: Person, project: int) -> JSON:
    milestones: dict[int, JSON] = {}
    path = f"projects/{project}/milestones/?limit=100"
    page = await person.get(path)
    while True:
        milestones |= {milestone["id"]: milestone for milestone in page["items"]}
        if page["next"] is None:
            break
        page = await person.get(f"{path}&cursor={page['next']}")
    return {"project": await person.get(f"projects/{project}/"), "milestones": milestones}
