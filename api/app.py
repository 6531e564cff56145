"""The application: its routers, its guards, and documentation that needs no other server."""

from dataclasses import replace

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

import api.pages
from api import documented, problems
from api.access import cors, described, door, guard, rights
from api.access.gate import Gate
from api.access.rights import Right
from api.away import Troubles
from api.context import Context
from api.gas import push
from api.health import CHECKS_AT_ONCE
from api.ingest.camera_nodes import CameraNodes
from api.ingest.showing import Showing
from api.limits import rates
from api.limits.patience import Patient
from api.limits.rates import Rates
from api.live.fanout import Fanouts
from api.live.shelf import Shelf
from api.live.streams import Streams
from api.metrics import counted
from api.pages import render
from api.routes import (
    alerts,
    auth,
    cameras,
    capture,
    clips,
    command,
    corrections,
    events,
    export,
    gas,
    health,
    history,
    hls,
    influx,
    journal,
    live,
    locations,
    pets,
    pins,
    registry,
    series,
)
from api.routes import metrics as metrics_routes
from api.version import VERSION
from influx.corrections import Corrections

ROUTERS = (
    health.router,
    metrics_routes.router,
    auth.router,
    live.router,
    hls.router,
    cameras.router,
    capture.router,
    history.router,
    series.router,
    export.router,
    locations.router,
    pets.router,
    registry.router,
    events.router,
    corrections.router,
    pins.router,
    clips.router,
    influx.router,
    gas.router,
    command.router,
    journal.router,
    alerts.router,
    api.pages.router,
)


def create_app(context: Context) -> FastAPI:
    """The application over ``context``; who made them closes what is in the context, and the app's gate."""
    app = FastAPIOffline(
        title="Hutch",
        summary="Watches over small lives at home: climate, camera, clips and alerts.",
        version=VERSION,
        redoc_url=None,
        static_url="/docs-assets",
        # It would lead to http behind a proxy with TLS, and out of a device's path token.
        redirect_slashes=False,
    )
    store = Patient(context.store)
    context = replace(context, store=store, showing=Showing(store, context.spool))
    app.state.context = context
    app.state.started = context.now()
    app.state.gate = Gate(context)
    app.state.rates = Rates(context.config.requests_per_minute, context.config.device_requests_per_minute)
    app.state.streams = Streams()
    app.state.gas_live = push.GasLive(context)
    app.state.camera_nodes = CameraNodes(context)
    app.state.fanouts = Fanouts()
    app.state.shelf = Shelf()
    app.state.corrections = Corrections(context.store, context.node)
    app.state.troubles = Troubles()
    app.state.metrics = counted.Metrics(VERSION)
    app.state.check_limiter = CapacityLimiter(CHECKS_AT_ONCE)
    app.state.glance = health.Glance()
    problems.install(app)
    render.install(app)
    counted.install(app)
    rates.install(app)
    door.install(app, render.sorry)
    guard.install(app)
    cors.install(app, context.config.cors_origins)
    counted.count(app, app.state.metrics)
    for router in ROUTERS:
        app.include_router(router)
    for path in ("/openapi.json", "/docs", "/docs/oauth2-redirect"):
        rights.declare(app, path, Right.VIEW)
    rights.declare(app, "/docs-assets", Right.PUBLIC)
    app.mount(push.PATH, app.state.gas_live)
    rights.declare(app, push.PATH, Right.VIEW)
    described.install(app)
    documented.install(app)
    return app
