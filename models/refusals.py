"""What a caller is told when the answer is no.

A refusal is an answer, not a fault: it carries a code for programs, a text that tells people what
to change, and nothing about what the caller may not see. Each door renders it in its own wire form
(RFC 9457 problem details over HTTP, `error` frames on sockets).
"""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """No, with a reason. `code` is stable, `message` is for people, `extra` adds facts."""

    def __init__(self, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extra: Mapping[str, Any] = extra


class Unauthenticated(Refusal):
    """Who are you? (401)"""


class Forbidden(Refusal):
    """I know you, and you may not. (403)"""


class NotFound(Refusal):
    """Unknown, or not yours to know: both answer alike. (404)"""


class Conflict(Refusal):
    """The rows as they stand do not allow it. (409)"""


class Gone(Refusal):
    """It was there, and is kept no longer. (410)"""


class StaleVersion(Refusal):
    """You changed an older version than the present one. (412)"""


class Invalid(Refusal):
    """The input does not fit. (422)"""


class Limited(Refusal):
    """Too much; `retry_after` in `extra` says in how many seconds to come back. (429)"""


UNAVAILABLE = Refusal(
    "unavailable",
    "The database did not answer. A change may have been made all the same: look, or send it again "
    "with the same Idempotency-Key.",
)
FAULT = Refusal("internal_error", "That is our fault, and it was logged. Try again.")
