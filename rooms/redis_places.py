"""Places between servers: in Redis a hash a room, in it a field a server, leased.

While Redis is away each server decides by its own count alone.
"""

import asyncio
import secrets
from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import count, islice

from events.redis_nodes import Command, send
from events.redis_topology import Topology
from rooms.breaker import Breaker

LEASE = 60.0
"""Seconds for which a server that died without a word keeps its places."""
FLUSH_INTERVAL = 0.2
BATCH = 500
"""Rooms in one round trip: Redis answers them well within the breaker's patience."""
UNLIMITED = ""

# The clock is Redis' own. Calls of one server may overtake each other, so each bears a number, and
# an older one changes nothing: what the server held later has been written.
HOLD = """
local server, number, mine = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local limit, lease = tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local others, latest = 0, 0
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
    local places, ends, by = string.match(held[i + 1], '^(%d+):(%d+):(%d+)$')
    if tonumber(ends) <= now then
        redis.call('HDEL', KEYS[1], held[i])
    elseif held[i] == server then
        latest = tonumber(by)
    else
        others = others + tonumber(places)
    end
end
if limit and others + mine > limit then
    return 0
end
if number > latest then
    if mine == 0 then
        redis.call('HDEL', KEYS[1], server)
    else
        redis.call('HSET', KEYS[1], server, mine .. ':' .. (now + lease) .. ':' .. number)
        redis.call('PEXPIRE', KEYS[1], lease)
    end
end
return 1
"""


class RedisPlaces:
    """Places over Redis.

    lease: seconds for which what was written holds; it is renewed three times as often
    """

    def __init__(self, breaker: Breaker, *, lease: float = LEASE) -> None:
        self._breaker = breaker
        self._lease = lease
        self._server = secrets.token_hex(8)
        self._numbers = count(1)
        self._held: dict[str, int] = {}
        self._asking: Counter[str] = Counter()
        self._unwritten: set[str] = set()
        self._changed = asyncio.Event()
        breaker.on_return(self._renew)

    async def allow(self, room: str, mine: int, limit: int) -> bool:
        if mine > limit:
            return False
        self._held[room] = mine
        self._asking[room] += 1
        try:
            hold = partial(_hold, self._key(room), self._call(room, limit))
            return await self._breaker.decide(hold, partial(self._alone, room))
        finally:
            self._asking[room] -= 1
            if not self._asking[room]:
                del self._asking[room]

    def tell(self, room: str, mine: int) -> None:
        self._held[room] = mine
        if mine == 0:
            del self._held[room]
        self._write_soon(room)

    async def run(self) -> None:
        """Write what changed, and renew every lease long before it ends."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + self._lease / 3
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(renew_at):
                    await self._changed.wait()
            if loop.time() >= renew_at:
                self._renew()
                renew_at = loop.time() + self._lease / 3
            self._changed.clear()
            await self._flush()
            await asyncio.sleep(FLUSH_INTERVAL)

    async def close(self) -> None:
        self._renew()
        self._held.clear()
        await self._flush()

    def _alone(self, room: str) -> bool:
        """Within the limit by this server's count; the others hear of it when Redis is back."""
        self._write_soon(room)
        return True

    def _renew(self) -> None:
        self._write_soon(*self._held)

    def _write_soon(self, *rooms: str) -> None:
        self._unwritten.update(rooms)
        self._changed.set()

    async def _flush(self) -> None:
        # Where somebody is asking, the count holds some who will be refused: that waits.
        while batch := set(islice(self._unwritten - self._asking.keys(), BATCH)):
            self._unwritten -= batch
            written = False
            try:
                await self._breaker.ask(partial(self._write, batch))
                written = True
            except ConnectionError:
                break
            finally:
                if not written:
                    self._unwritten |= batch
        if self._unwritten:
            self._changed.set()

    async def _write(self, rooms: set[str], topology: Topology) -> None:
        calls = ((self._key(room), self._call(room, UNLIMITED)) for room in rooms)
        await send(topology.by_node(calls))

    def _call(self, room: str, limit: int | str) -> Command:
        """What is held now, numbered now: from here on it may be overtaken."""
        held = self._held.get(room, 0)
        lease = round(self._lease * 1000)
        number = next(self._numbers)
        return ("EVAL", HOLD, 1, self._key(room), self._server, number, held, limit, lease)

    def _key(self, room: str) -> str:
        return f"{self._breaker.prefix}places:{room}"


async def _hold(key: str, call: Command, topology: Topology) -> bool:
    return bool(await topology.node_of(key).execute_command(*call))  # type: ignore[no-untyped-call]
