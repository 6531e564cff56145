"""Serving the API: one uvicorn that stops at once when it is told."""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from anyio import to_thread

from api.access.ledger import nobody_may_log_in
from api.app import create_app
from api.config import address
from api.context import Context
from api.limits.connections import BriefConnection
from collector.writer import Writer

logger = logging.getLogger(__name__)

MAX_MESSAGE = 64 * 1024
"""Bytes of what somebody sends over a WebSocket."""
_GRACE = 1
"""Seconds that answers under way get when the server stops; a live picture never ends by itself."""
_MOST_CONNECTIONS = 2000
"""Devices keep a connection open between readings, and a thousand may start a minute together."""
_THREADS = 64
"""Threads that answer; a store that hangs holds 40 of them at most (``api.limits.patience``)."""
_OTHER_FILES = 200
"""Open files beside connections: databases, clips, cameras, the store."""


class ServeError(OSError):
    """The address cannot be served, in one sentence."""


def run(context: Context, stop: threading.Event) -> None:
    """Serve the address of the configuration until ``stop`` is set; raises ``ServeError``.

    Where others can reach it, an owner must be able to log in.
    """
    if (missing := nobody_may_log_in(context.config, context.data_dir)) is not None:
        raise ServeError(missing)
    with contextlib.closing(listen(context.config.host, context.config.port)) as listener:
        host, port = listener.getsockname()[:2]
        logger.info("serving on %s", address(host, port))
        serve(context, listener, stop)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on ``host``; raises ``ServeError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; stop what listens there, or set another [api] port"
        else:
            reason = f"cannot be listened on: {error.strerror or error}"
        raise ServeError(f"port {port} on {host} {reason}") from None
    # asyncio does so only for sockets that name their protocol; without it answers wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def most_connections() -> int:
    """How many connections are served at once; asks the system for so many open files, and may get fewer.

    More would be accepted only to fail, and the rest of Hutch could open no file meanwhile.
    """
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
            soft = granted
    room = wanted if soft == resource.RLIM_INFINITY else soft
    return max(50, min(_MOST_CONNECTIONS, room - _OTHER_FILES))


def serve(context: Context, listener: socket.socket, stop: threading.Event) -> None:
    """Answer requests on ``listener`` and drain the spool, until ``stop`` is set."""
    app = create_app(context)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="wsproto",
            ws_max_size=MAX_MESSAGE,
            http=BriefConnection,
            loop="asyncio",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=most_connections(),
            timeout_graceful_shutdown=_GRACE,
        )
    )

    def end() -> None:
        server.should_exit = True
        app.state.streams.end()
        app.state.gas_live.end()

    with (
        contextlib.closing(app.state.gate),
        contextlib.closing(app.state.context.showing),
        _drain(context, stop),
    ):
        asyncio.run(_serve(server, listener, stop, end))


async def _serve(
    server: uvicorn.Server, listener: socket.socket, stop: threading.Event, end: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    to_thread.current_default_thread_limiter().total_tokens = _THREADS

    def tell() -> None:
        stop.wait()
        with contextlib.suppress(RuntimeError):  # the loop has ended before it was told
            loop.call_soon_threadsafe(end)

    teller = threading.Thread(target=tell, name="stop", daemon=True)
    teller.start()
    try:
        await server.serve(sockets=[listener])
    finally:
        stop.set()


@contextlib.contextmanager
def _drain(context: Context, stop: threading.Event) -> Iterator[None]:
    """Drain the spool in a thread: where no collector runs, what devices send must still arrive."""
    writer = threading.Thread(
        target=Writer(
            context.spool, context.store, node=context.node, retention=context.retention, stop=stop
        ).run,
        name="writer",
        daemon=True,
    )
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join(
            _GRACE
        )  # who still waits for a store's answer leaves nothing behind that is not in the spool
