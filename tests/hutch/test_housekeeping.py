"""Jobs that run now and then."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hutch import housekeeping
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.server import ServerStore
from influx.store import RowQuery
from influx.windows import Window


def test_the_embedded_store_expires_old_points_each_hour(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "points.sqlite", retention=Retention())
    jobs = housekeeping.jobs_for(store)
    store.close()
    (job,) = jobs.get_jobs()
    assert (job.interval, job.unit) == (1, "hours")


def test_old_points_are_gone_after_the_job(tmp_path: Path) -> None:
    now = time.time()
    day = 86_400
    clock = [now - 20 * day]
    store = EmbeddedStore(tmp_path / "points.sqlite", retention=Retention(), now=lambda: clock[0])
    tags = "environment,location=hutch,node=n,sensor=s"
    store.write("environment", [f"{tags} temperature=20 {int((now - 20 * day) * 1e9)}"])
    clock[0] = now
    store.write("environment", [f"{tags} temperature=21 {int(now * 1e9)}"])
    housekeeping.jobs_for(store).run_all(delay_seconds=0)
    window = Window.last(timedelta(days=30), datetime.fromtimestamp(now + 1, UTC))
    points = store.rows(RowQuery("environment", window)).points
    store.close()
    assert [point.fields["temperature"] for point in points] == [21.0]


def test_influxdb_needs_no_jobs() -> None:
    store = ServerStore("http://127.0.0.1:9", "hutch", "token")
    assert housekeeping.jobs_for(store).get_jobs() == []
    store.close()
