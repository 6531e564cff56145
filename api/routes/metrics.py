"""``GET /metrics``: numbers for Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from api.access.rights import Right, needs
from api.context import Ctx
from api.metrics.counted import Metrics

router = APIRouter(tags=["health"], dependencies=[needs(Right.METRICS)])


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request, context: Ctx) -> Response:
    """Requests, spool, cameras and sensors as Prometheus reads them; within 3 s whatever hangs."""
    kept: Metrics = request.app.state.metrics
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(await kept.scrape(context)), media_type=media_type)
