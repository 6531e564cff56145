"""How the home is at a scrape, as Prometheus reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from api.live.cameras import CameraState
from collector.spool import SpoolStatus
from influx.points import Point

CAMERA_STATES = ("running", "starting", "lost", "frozen", "black", "looping", "away")


@dataclass(frozen=True, slots=True)
class Look:
    """How the home was when it was looked at; None where that could not be told."""

    spool: SpoolStatus | None
    free: int | None
    store_up: bool
    readings: tuple[Point, ...]
    cameras: tuple[CameraState, ...]


class HomeNow(Collector):
    """The metrics of one look at the home."""

    def __init__(self, version: str, node: str, look: Look) -> None:
        self._info = {"version": version, "node": node}
        self._look = look

    def collect(self) -> Iterator[Metric]:
        """The metrics, as prometheus-client asks for them."""
        yield InfoMetricFamily("hutch_build", "The version that runs, and its node.", self._info)
        yield _gauge("hutch_store_up", "1 where the database answers.", float(self._look.store_up))
        yield _gauge("hutch_spool_up", "1 where the spool can be used.", float(self._look.spool is not None))
        if self._look.free is not None:
            yield _gauge("hutch_data_free_bytes", "Free where the data is kept.", self._look.free)
        if self._look.spool is not None:
            yield from _spool(self._look.spool)
        yield from _cameras(self._look.cameras)
        newest = GaugeMetricFamily(
            "hutch_sensor_reading_timestamp_seconds",
            "When the newest reading of a sensor was taken, of the last 24 h; its age is time() minus this.",
            labels=("node", "sensor", "location"),
        )
        for point in self._look.readings:
            newest.add_metric(
                [point.tags.get(tag, "") for tag in ("node", "sensor", "location")], point.time_ns / 1e9
            )
        yield newest


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)


def _spool(spool: SpoolStatus) -> Iterator[Metric]:
    yield _gauge("hutch_spool_points", "Points that wait for the database.", spool.depth)
    yield _gauge("hutch_spool_undated_points", "Points that wait for the clock to be right.", spool.undated)
    yield _gauge("hutch_spool_oldest_age_seconds", "How long the oldest has waited.", spool.oldest_age)
    yield _gauge("hutch_spool_dead_points", "Points the database refused that are still at hand.", spool.dead)
    yield _gauge("hutch_spool_bytes", "Bytes of what waits.", spool.size)
    counts = (
        ("accepted_points", "Points the database has taken.", spool.accepted),
        ("rejected_points", "Points the database refused.", spool.rejected),
        ("dropped_points", "Points given up for want of room or for their age.", spool.dropped),
        ("healed", "Times the file was damaged and healed.", spool.healed),
    )
    for name, meaning, value in counts:
        yield CounterMetricFamily(f"hutch_spool_{name}", meaning, value)


def _cameras(cameras: tuple[CameraState, ...]) -> Iterator[Metric]:
    state = GaugeMetricFamily(
        "hutch_camera_state", "1 for the state that a camera is in.", labels=("camera", "state")
    )
    age = GaugeMetricFamily("hutch_camera_frame_age_seconds", "Age of its newest frame.", labels=("camera",))
    pace = GaugeMetricFamily("hutch_camera_frames_per_second", "Its pace.", labels=("camera",))
    for camera in cameras:
        for known in CAMERA_STATES:
            state.add_metric([camera.name, known], float(camera.state == known))
        if camera.frame_age is not None:
            age.add_metric([camera.name], camera.frame_age)
        if camera.fps is not None:
            pace.add_metric([camera.name], camera.fps)
    yield from (state, age, pace)
