"""The ASGI application: REST, both socket doors, health and docs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

import socketio
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp

from server.drain import Entrance
from server.http import auth, events, health, me, members, milestones, notify, problems, projects
from server.http.middleware import BoundedBody, Faults, RequestLog, SlashEitherWay
from server.http.openapi import document_problems
from server.wiring import House

NOUNS = (auth, me, projects, milestones, members, events, notify)


def build_app(house: House, on_death: Callable[[], None]) -> ASGIApp:
    """The application of one server process; `on_death` is called when a background loop dies."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with house.live(on_death):
            yield

    rest = FastAPI(
        title="Roomcast",
        version=version("roomcast"),
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    rest.state.tokens = house.tokens
    rest.state.metrics = house.metrics
    rest.state.drain = house.drain
    rest.state.bus = house.bus
    problems.install(rest)
    document_problems(rest)
    api = APIRouter(prefix="/api/v1", responses=dict(problems.PROBLEMS))
    for noun in NOUNS:
        api.include_router(noun.router)
    rest.include_router(api)
    rest.include_router(health.router)
    for path in ("/ws/notifications", "/ws/notifications/"):
        rest.add_api_websocket_route(path, house.plain_door.serve)
    rest.add_api_route("/", lambda: RedirectResponse("/docs"), include_in_schema=False)
    # The last one added is the outermost.
    rest.add_middleware(Faults)
    rest.add_middleware(BoundedBody, limit=house.settings.max_message_bytes)
    rest.add_middleware(
        CORSMiddleware,
        allow_origins=house.settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["ETag", "Retry-After"],
    )
    rest.add_middleware(SlashEitherWay)
    rest.add_middleware(RequestLog)
    # No on_startup here: ASGIApp would keep the lifespan to itself.
    return Entrance(socketio.ASGIApp(house.socketio_door, other_asgi_app=rest), house.drain)
