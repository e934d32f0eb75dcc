"""What Redis itself counts."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis

CHANNEL = "roomcast:{}"


async def info(url: str, section: str) -> dict[str, Any]:
    async with Redis.from_url(url) as redis:
        found: dict[str, Any] = await redis.info(section)
        return found


async def shards(urls: Sequence[str]) -> bool:
    """Do servers that meet here use sharded pub/sub? In a cluster (of Redis 7), and on Valkey."""
    return len(urls) > 1 or "valkey_version" in await info(urls[0], "server")


async def subscribers(urls: Iterable[str], rooms: Iterable[str], *, sharded: bool) -> list[int]:
    """How many connections listen to each room's channel, on all these nodes together."""
    what = "SHARDNUMSUB" if sharded else "NUMSUB"
    channels = [CHANNEL.format(room) for room in rooms]
    counts = await asyncio.gather(*(_ask(url, "PUBSUB", what, *channels) for url in urls))
    return [sum(column) for column in zip(*(answer[1::2] for answer in counts), strict=True)]


async def subscriptions(url: str) -> list[int]:
    """How many channels each listening connection has, in ascending order."""
    async with Redis.from_url(url) as redis:
        clients = await redis.client_list()
    counts = [int(client["sub"]) + int(client["ssub"]) for client in clients]
    return sorted(filter(None, counts))


async def break_subscribers(url: str) -> None:
    """Close every connection that listens."""
    await _ask(url, "CLIENT", "KILL", "TYPE", "pubsub")


async def owner_of(urls: Sequence[str], slot: int) -> int:
    """The number of the node that owns a slot of a cluster."""
    for first, last, (_, port, *_), *_ in await _ask(urls[0], "CLUSTER", "SLOTS"):
        if first <= slot <= last:
            return [urlsplit(url).port for url in urls].index(port)
    raise LookupError(f"nobody owns slot {slot}")


async def move_slot(urls: Sequence[str], slot: int, target: int) -> None:
    """Give an empty slot of a cluster to the node with this number."""
    name = (await _ask(urls[target], "CLUSTER", "MYID")).decode()
    for url in urls:
        await _ask(url, "CLUSTER", "SETSLOT", str(slot), "NODE", name)


async def _ask(url: str, *command: str) -> Any:
    async with Redis.from_url(url) as redis:
        return await redis.execute_command(*command)  # type: ignore[no-untyped-call]
