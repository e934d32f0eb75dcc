"""The one rule at every hop, and what a subscriber who was away is owed. Pure decisions."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Literal


class Step(Enum):
    """What an event is to somebody who has seen a room's log up to some seq."""

    NEXT = auto()
    OLD = auto()
    GAP = auto()


ResyncReason = Literal["trimmed", "too_far", "forbidden", "log_reset"]


def judge(delivered: int, seq: int) -> Step:
    """Next → deliver, old → drop, gap → read the log."""
    if seq == delivered + 1:
        return Step.NEXT
    return Step.OLD if seq <= delivered else Step.GAP


def is_another_log(
    delivered: int, delivered_id: str | None, head: int, present_id: str | None
) -> bool:
    """Was the log replaced since (restored from a backup, or a standby took over that lagged)?

    It ends before what was delivered, or another event stands there now; None: not known.
    """
    replaced = None not in (delivered_id, present_id) and delivered_id != present_id
    return head < delivered or replaced


def refuse_replay(since: int, head: int, limit: int) -> ResyncReason | None:
    """Why a replay from `since` to `head` cannot be, or None where it can.

    Beyond the head: the database is older than what the client saw (`log_reset`). More than
    `limit` events: a snapshot is cheaper (`too_far`).
    """
    if since > head:
        return "log_reset"
    return "too_far" if head - since > limit else None


def is_dense(since: int, seqs: Sequence[int]) -> bool:
    """Are these since+1, since+2, …? A hole means that the log was trimmed there."""
    return all(seq == since + place for place, seq in enumerate(seqs, start=1))
