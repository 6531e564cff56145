"""``POST /api/v2/write`` and ``/write``: the write protocols of InfluxDB 2 and 1, for any of its clients.

The bucket follows from the measurement, whatever the request names. A device's token is taken as these
clients send it (``Token``, Basic, ``u=&p=``), and lets it write for its own node only.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.access.caller import Caller, Who
from api.access.guard import MAX_BODY
from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.ingest.intake import Report, accept_lines, gunzip
from api.problems import Problem
from api.version import VERSION
from influx.lines import OLD_PRECISIONS, PRECISIONS

router = APIRouter(tags=["ingest"], dependencies=[needs(Right.INGEST)])

_TOLD = {
    "description": "As InfluxDB tells its clients what is wrong with which line.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("code", "message", "error")},
                "required": ["code", "message", "error"],
            }
        }
    },
}
_DESCRIBED: dict[str, Any] = {
    "status_code": 204,
    "response_class": Response,
    "responses": {
        400: _TOLD,
        403: _TOLD,
        415: {"description": "The body is packed by other means than gzip."},
        422: _TOLD,
    },
    "openapi_extra": {
        "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
}


@router.post("/api/v2/write", **_DESCRIBED)
async def write(
    request: Request,
    context: Ctx,
    who: Who,
    precision: Annotated[str, Query(max_length=8, description="ns, us, ms or s.")] = "ns",
) -> Response:
    """Take points in line protocol, plain or gzip; 204 means that they survive a power cut.

    Good lines are kept when others are not: the answer is then 400 (422 where only their time is wrong,
    403 where they are only of other nodes) and its message names each line and what is wrong with it.
    """
    if precision not in PRECISIONS:
        return _refused("invalid", f"precision must be {', '.join(PRECISIONS)}, not {precision!r}")
    return await _write(request, context, who, precision)


@router.post("/write", **_DESCRIBED)
async def write_old(
    request: Request,
    context: Ctx,
    who: Who,
    precision: Annotated[str, Query(max_length=8, description="n, u, ms, s, m or h.")] = "n",
) -> Response:
    """The same for clients of InfluxDB 1, which name a database and say precisions otherwise."""
    if precision not in OLD_PRECISIONS:
        return _refused("invalid", f"precision must be n, u, ms, s, m, h, not {precision!r}")
    return await _write(request, context, who, precision)


async def _write(request: Request, context: Context, who: Caller, precision: str) -> Response:
    body = await request.body()
    try:
        text = await run_in_threadpool(_text, body, request.headers.get("content-encoding", "identity"))
    except UnicodeDecodeError as error:
        return _refused("invalid", f"the body is no UTF-8 at byte {error.start}")
    state = request.app.state
    report = await run_in_threadpool(
        accept_lines, context, text, precision, who, state.camera_nodes.known, state.gas_live.hear
    )
    if report.refused:
        return _refused(_code(report), report.message)
    if not report.accepted:
        return _refused("invalid", "writing requires points")
    return Response(status_code=204)


def _text(body: bytes, encoding: str) -> str:
    match encoding.strip().lower():
        case "gzip":
            return gunzip(body, MAX_BODY).decode()
        case "identity" | "":
            return body.decode()
    raise Problem(415, f"Content-Encoding {encoding!r:.40} is not known here; send gzip, or none.")


_STATUS = {"unprocessable entity": 422, "forbidden": 403}


def _code(report: Report) -> str:
    if report.out_of_time == report.refused:
        return "unprocessable entity"
    return "forbidden" if report.not_theirs == report.refused else "invalid"


def _refused(code: str, message: str) -> JSONResponse:
    """An answer in the shape of InfluxDB's own errors, which its clients show to people."""
    # The clients of InfluxDB 1 look for `error`.
    told = {"code": code, "message": message, "error": message}
    return JSONResponse(told, _STATUS.get(code, 400))


@router.head("/ping", status_code=204, include_in_schema=False)
@router.get("/ping", status_code=204, response_class=Response)
async def ping() -> Response:
    """There is someone here: InfluxDB's clients ask this before they write."""
    return Response(status_code=204, headers={"X-Influxdb-Build": "Hutch", "X-Influxdb-Version": VERSION})
