"""/healthz, /readyz and /metrics, for whoever runs the server."""

from fastapi import APIRouter, Request, Response
from tortoise.connection import get_connections

from events.bus import BusState
from models.refusals import UNAVAILABLE, Refusal
from server.drain import DRAINING
from server.failures import OUTAGES
from server.http.problems import problem

router = APIRouter(include_in_schema=False)

DEAF = Refusal(
    "bus_deaf",
    "This server publishes to Redis and does not hear what is published. It is connecting again; "
    "until it hears, send new connections to another server.",
)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
async def readyz(request: Request) -> dict[str, str] | Response:
    """The process can do its work: it is not stopping, the database answers, the bus is heard.

    While Redis is away for everybody each server is as good as the next, and half a second slower.
    """
    if request.app.state.drain.begun:
        return problem(503, DRAINING)
    try:
        await get_connections().get("default").execute_query("SELECT 1")
    except OUTAGES:
        return problem(503, UNAVAILABLE)
    bus: BusState = request.app.state.bus.state
    if bus == "deaf":
        return problem(503, DEAF)
    return {"status": "ready", "bus": bus}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    return Response(request.app.state.metrics.page(), media_type="text/plain; version=0.0.4")
