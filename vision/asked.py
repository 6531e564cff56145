"""What the node endpoint answers to people who ask for a photo or a recording."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from collector.spool import SpoolError
from vision.on_demand import LEAST_SECONDS, MOST_SECONDS, NotNow, OnDemand


def routes(on_demand: OnDemand) -> list[Route]:
    """``POST /snapshot``, and ``POST /record`` with ``seconds`` in the query; both tell the event's id."""

    async def snapshot(_request: Request) -> Response:
        try:
            event = await run_in_threadpool(on_demand.photograph)
        except (NotNow, OSError, SpoolError) as error:
            return PlainTextResponse(str(error), 503)
        return JSONResponse({"event_id": event.id}, 202)

    async def record(request: Request) -> Response:
        try:
            seconds = float(request.query_params.get("seconds", ""))
        except ValueError:
            seconds = 0.0
        if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            words = f"seconds must be a number from {LEAST_SECONDS:g} to {MOST_SECONDS:g}"
            return PlainTextResponse(words, 422)
        try:
            running = await run_in_threadpool(on_demand.record, seconds)
        except NotNow as error:
            return PlainTextResponse(str(error), 503)
        told = {"event_id": running.event.id, "seconds": running.seconds, "began": running.began}
        return JSONResponse({**told, "start": running.event.start.isoformat()}, 202)

    return [
        Route("/snapshot", snapshot, methods=["POST"]),
        Route("/record", record, methods=["POST"]),
    ]
