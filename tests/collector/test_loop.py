"""The collector as a whole: sensors to store, and out at once when told to."""

import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.config import CollectorSection
from collector.health import pipeline_point
from collector.loop import farewell, run
from collector.sensors import SensorError
from collector.spool import SpoolStatus
from influx.embedded import EmbeddedStore
from influx.windows import Window
from tests.daemon import wait_until

CONFIG = CollectorSection.model_validate(
    {
        "interval": 0.1,
        "sensors": [
            {"kind": "simulated", "name": "attic", "location": "den"},
            {"kind": "host", "name": "pi", "interval": 0.2},
        ],
    }
)


def newest(store: EmbeddedStore, measurement: str) -> dict[str, object]:
    """The fields of the newest point."""
    window = Window.last(timedelta(hours=1), datetime.now(UTC) + timedelta(seconds=1))
    points = store.latest(measurement, window)
    return dict(points[0].fields) if points else {}


def test_readings_reach_the_store_and_stop_is_obeyed(tmp_path: Path) -> None:
    stop = threading.Event()
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        thread = threading.Thread(
            target=run,
            args=(CONFIG,),
            kwargs={"node": "pi", "data_dir": tmp_path, "store": store, "stop": stop},
        )
        thread.start()
        try:
            assert wait_until(lambda: len(newest(store, "environment")) == 3, 20), "no reading arrives"
            assert wait_until(lambda: bool(newest(store, "node")), 20), "nothing of the machine arrives"
            assert wait_until(lambda: bool(newest(store, "pipeline")), 20), (
                "the spool tells nothing of itself"
            )
        finally:
            stop.set()
            thread.join(10)
        assert not thread.is_alive()
        assert {"load", "memory_used", "disk_used", "uptime"} <= set(newest(store, "node"))


def test_a_wrong_sensor_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    config = CollectorSection.model_validate({"sensors": [{"kind": "simulatd", "name": "attic"}]})
    with (
        closing(EmbeddedStore(tmp_path / "points.sqlite")) as store,
        pytest.raises(SensorError, match=r"'attic': there is no kind 'simulatd'; there are .*simulated"),
    ):
        run(config, node="pi", data_dir=tmp_path, store=store, stop=threading.Event())
    assert not (tmp_path / "spool.sqlite").exists()


def test_the_spools_health_is_a_point() -> None:
    status = SpoolStatus(
        depth=5, oldest_age=2.5, accepted=10, rejected=1, dropped=3, healed=0, dead=1, size=4096
    )
    point = pipeline_point(status, "pi", now=datetime(2026, 5, 28, tzinfo=UTC))
    assert point.tags == {"node": "pi", "part": "spool"}
    assert point.fields == {"depth": 5, "oldest_age": 2.5, "accepted": 10, "rejected": 1, "dropped": 3}


def test_the_collector_starts_without_heavy_libraries() -> None:
    code = (
        "import sys, collector.loop, influx.embedded;"
        "heavy = {'numpy', 'cv2', 'av', 'fastapi', 'influxdb_client', 'rich', 'typer', 'httpx'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "[]", result.stderr


def test_many_threads_that_hang_are_waited_for_as_long_as_one() -> None:
    released = threading.Event()
    threads = [threading.Thread(target=released.wait) for _ in range(200)]
    for thread in threads:
        thread.start()
    parting = threading.Thread(target=farewell, args=(threads, 0.2))
    parting.start()
    parting.join(20)  # one after the other they would take 40 s
    left = parting.is_alive()
    released.set()
    for thread in (*threads, parting):
        thread.join()
    assert not left, "each thread that hangs is waited for anew"
