"""The steps of joining a room, one of which is told to wait while something happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any

import pytest

import rooms.follow
from models.transaction import transaction


class Steps:
    """Lets something happen once, at one step of joining, on another connection."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, happening: Callable[[], Awaitable[None]]
    ) -> None:
        self._patch = monkeypatch
        self._happening = happening
        self.happened = False

    async def happen(self) -> None:
        if not self.happened:
            self.happened = True
            await asyncio.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        await self._happening()

    def after(self, name: str) -> None:
        real = getattr(rooms.follow, name)

        async def wait_after(*args: Any, **options: Any) -> Any:
            result = await real(*args, **options)
            await self.happen()
            return result

        self._patch.setattr(rooms.follow, name, wait_after)

    def before(self, name: str) -> None:
        real = getattr(rooms.follow, name)

        async def wait_before(*args: Any, **options: Any) -> Any:
            await self.happen()
            return await real(*args, **options)

        self._patch.setattr(rooms.follow, name, wait_before)

    def after_the_snapshot(self) -> None:
        real = transaction

        @asynccontextmanager
        async def wait_after(**options: Any) -> AsyncIterator[Any]:
            async with real(**options) as opened:
                yield opened
            await self.happen()

        self._patch.setattr(rooms.follow, "transaction", wait_after)
