"""Do a thing once, however often it is asked for: the key's row commits with the thing.

Source: the IETF draft "The Idempotency-Key HTTP Header Field", and Stripe's API.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tortoise.exceptions import IntegrityError

from models.idempotency import IdempotencyKey
from models.refusals import Invalid
from models.transaction import transaction
from models.user import User

KEPT_FOR = timedelta(hours=24)


class Answer(NamedTuple):
    """What a request was answered with: the status and the JSON of the body."""

    status: int
    body: Any


async def once(
    user: User, key: str, fingerprint: str, act: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run `act` and keep its answer under `key`; asked again, give the kept answer.

    `fingerprint` tells requests apart: the same key with another one is Invalid. An `act` that
    raises rolls the key back with everything else, so that it may be tried again.
    """
    if kept := await _kept(user, key, fingerprint):
        return kept
    try:
        async with transaction():
            row = await IdempotencyKey.create(user=user, key=key, fingerprint=fingerprint)
            answer = await act()
            row.status, row.answer = answer.status, answer.body
            await row.save(update_fields=["status", "answer"])
            return answer
    except IntegrityError:
        # Another request with this key committed while we waited for its row.
        if kept := await _kept(user, key, fingerprint):
            return kept
        raise


async def _kept(user: User, key: str, fingerprint: str) -> Answer | None:
    expired = datetime.now(UTC) - KEPT_FOR
    await IdempotencyKey.filter(user=user, created_at__lt=expired).delete()
    row = await IdempotencyKey.get_or_none(user=user, key=key)
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise Invalid(
            "idempotency_key_reused",
            "This Idempotency-Key was sent with another request before. Use a new key for each "
            "request, and the same one only to repeat it.",
        )
    return Answer(row.status, row.answer)
