"""What the configuration says of the home that dashboards are made for."""

from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collector.silence import patience_of
from grafana.home import Home
from hutch.config import Config
from hutch.grafana.notices import notices_of
from influx.registry import Kind, Thing


def home_of(config: Config) -> Home:
    """The home of ``config``, with addresses of Hutch where its dashboards are looked at elsewhere."""
    return Home(
        ZoneInfo(config.timezone),
        config.influx.bucket_prefix,
        config.influx.retention,
        config.locations,
        origin=config.pages_url if is_elsewhere(config) else "",
        alerts_by=config.alerts.by,
        notices=notices_of(config),
        cameras={camera.name: camera.location for camera in config.vision.cameras},
        patience=_patience(config),
    )


def _patience(config: Config) -> dict[Thing, timedelta]:
    """How long each sensor of ``config`` may be quiet."""
    sensors = config.collector.timed_sensors
    things = [Thing(Kind.SENSOR, sensor.name, config.node) for sensor in sensors]
    return {thing: patience_of(thing, config.node, sensors) for thing in things}


def is_elsewhere(config: Config) -> bool:
    """Whether people look at Grafana on another origin than Hutch's pages, by what ``config`` says.

    Browsers show nothing of Hutch there, neither live picture nor clips; links lead to them.
    """
    seen = urlsplit(config.api.grafana_url or config.grafana.url)
    return bool(seen.netloc) and f"{seen.scheme}://{seen.netloc}" != config.pages_url
