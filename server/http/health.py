"""/healthz, /readyz and /metrics, for whoever runs the server."""

from fastapi import APIRouter, Request, Response
from tortoise.connection import get_connections

from models.refusals import UNAVAILABLE
from server.failures import OUTAGES
from server.http.problems import problem

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None)
async def readyz() -> dict[str, str] | Response:
    """The process can do its work: the database answers."""
    try:
        await get_connections().get("default").execute_query("SELECT 1")
    except OUTAGES:
        return problem(503, UNAVAILABLE)
    return {"status": "ready"}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    return Response(request.app.state.metrics.page(), media_type="text/plain; version=0.0.4")
