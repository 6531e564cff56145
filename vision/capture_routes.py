"""The routes of the node endpoint by which people capture a photo or a recording."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from collector.spool import SpoolError
from vision.captures import Captures, NotNow
from vision.events import LONGEST_CAPTURE, SHORTEST_CAPTURE


def routes(captures: Captures) -> list[Route]:
    """``POST /snapshot``, and ``POST /record`` with ``seconds`` in the query; both tell the event's id."""

    async def snapshot(_request: Request) -> Response:
        try:
            event = await run_in_threadpool(captures.photograph)
        except (NotNow, OSError, SpoolError) as error:
            return PlainTextResponse(str(error), 503)
        return JSONResponse({"event_id": event.id}, 202)

    async def record(request: Request) -> Response:
        try:
            seconds = float(request.query_params.get("seconds", ""))
        except ValueError:
            seconds = 0.0
        if not SHORTEST_CAPTURE <= seconds <= LONGEST_CAPTURE:
            words = f"seconds must be a number from {SHORTEST_CAPTURE:g} to {LONGEST_CAPTURE:g}"
            return PlainTextResponse(words, 422)
        try:
            running = await run_in_threadpool(captures.record, seconds)
        except NotNow as error:
            return PlainTextResponse(str(error), 503)
        told = {"event_id": running.event.id, "seconds": running.seconds, "began": running.began}
        return JSONResponse({**told, "start": running.event.start.isoformat()}, 202)

    return [
        Route("/snapshot", snapshot, methods=["POST"]),
        Route("/record", record, methods=["POST"]),
    ]
