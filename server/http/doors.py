"""What every REST endpoint asks first: who calls, which version they saw, which page they want."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from actions.idempotency import Answer, once
from events.views import View
from models.database import MAX_ID
from models.refusals import Invalid
from models.user import User
from server.auth import Tokens

MAX_PAGE = 100
T = TypeVar("T")

ProjectId = Annotated[int, Path(ge=1, le=MAX_ID)]
MilestoneId = Annotated[int, Path(ge=1, le=MAX_ID)]
UserId = Annotated[int, Path(ge=1, le=MAX_ID)]


class Page(BaseModel, Generic[T]):
    """Some of a list; `next` goes into `?cursor=` for the rest, null at the end."""

    items: list[T]
    next: str | None


class PageQuery(BaseModel):
    """Which page: after the row with id `cursor`, at most `limit` rows."""

    after: int
    limit: int

    def page(self, rows: list[Any], view: Callable[[Any], T]) -> Page[T]:
        """The page of `rows`, which were read with one more than `limit`."""
        more = len(rows) > self.limit
        shown = rows[: self.limit]
        return Page(items=[view(row) for row in shown], next=str(shown[-1].id) if more else None)


def page_query(
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,10}$")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> PageQuery:
    after = int(cursor or 0)
    if after > MAX_ID:
        raise Invalid("invalid_cursor", "cursor: send the `next` of a page, as it was.")
    return PageQuery(after=after, limit=limit)


async def current_user(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> User:
    """Who calls, from `Authorization: Bearer`. Raises Unauthenticated."""
    tokens: Tokens = request.app.state.tokens
    return await tokens.authenticate(bearer.credentials if bearer else None)


def expected_version(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version in `If-Match`, as our ETag writes it; `*` and none ask for nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_ID)):
        raise Invalid("invalid_if_match", 'If-Match: send the row\'s version, such as "3".')
    return int(text)


class Once:
    """Carries out a write, once per `Idempotency-Key` where the client sent one."""

    def __init__(self, user: User, key: str | None, fingerprint: str) -> None:
        self._user = user
        self._key = key
        self._fingerprint = fingerprint

    async def __call__(self, status: int, act: Callable[[], Awaitable[View | None]]) -> Response:
        """Answer with `status` and the view that `act` returns, its version as ETag."""

        async def answer() -> Answer:
            view = await act()
            return Answer(status, view.model_dump(mode="json") if view else None)

        if self._key is None:
            return _respond(await answer())
        return _respond(await once(self._user, self._key, self._fingerprint, answer))


async def once_per_key(
    request: Request,
    user: Annotated[User, Depends(current_user)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Once:
    body = await request.body()
    said = f"{request.method} {request.url.path}\n{request.headers.get('if-match', '')}\n".encode()
    return Once(user, idempotency_key, hashlib.sha256(said + body).hexdigest())


def _respond(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status)
    return JSONResponse(answer.body, answer.status, etag(answer.body))


def etag(view: dict[str, Any]) -> dict[str, str]:
    """The version of a row as an ETag header, for `If-Match`."""
    return {"ETag": f'"{view["version"]}"'} if "version" in view else {}


Caller = Annotated[User, Depends(current_user)]
ExpectedVersion = Annotated[int | None, Depends(expected_version)]
Paging = Annotated[PageQuery, Depends(page_query)]
Idempotent = Annotated[Once, Depends(once_per_key)]
