"""The Flux programs speak of the vocabulary as it is, and run on InfluxDB by themselves."""

import itertools
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.tasks_api import TasksApi
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.rest import ApiException

from influx import local_time
from influx.buckets import BUCKETS, bucket_name
from influx.config import InfluxSection
from influx.influxdb import programs
from influx.rollup import rolled_fields
from influx.schema import ACTIVE_MOTION, DERIVED, MEASUREMENTS, ROLLED
from influx.server import ServerStore
from influx.steps import QUARTER
from influx.windows import Window
from influx.words import FieldType
from tests.influx.conftest import FOREVER
from tests.influx.reference_rollups import baseline_points, differences, everything, some_points
from tests.influx.test_rollups import climate, put, there
from tests.servers import Influx

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TASKS_FOLDER = Path(programs.__file__).parents[1] / "tasks"
TEXTS = {name: (TASKS_FOLDER / f"{name}.flux").read_text() for name in programs.TASKS}


def test_every_file_is_a_task_and_begins_with_what_it_is() -> None:
    assert {path.stem for path in TASKS_FOLDER.iterdir()} == set(programs.TASKS)
    for name, text in TEXTS.items():
        assert text.startswith("// "), name
        assert f'option task = {{name: "{name}", ' in text


@pytest.mark.parametrize("name", programs.TASKS)
def test_a_program_uses_only_words_of_the_vocabulary(name: str) -> None:
    fields = {field.name for spec in MEASUREMENTS.values() for field in spec.fields}
    text = TEXTS[name]
    assert set(re.findall(r'bucket: "(\w+)"', text)) <= set(BUCKETS)
    assert set(re.findall(r'_measurement == "(\w+)"', text)) <= set(MEASUREMENTS)
    assert set(re.findall(r'_field == "(\w+)"', text)) <= fields
    assert set(re.findall(r'_measurement: "(\w+)"', text)) <= {spec.name for spec in DERIVED}


def test_the_rollup_reads_every_number_of_what_is_rolled_and_nothing_else() -> None:
    parts = re.findall(r'from\(bucket: "(\w+)"\)(.*?)\n\n', TEXTS["rollup_15m"], re.DOTALL)
    read = {
        (bucket, field, "toFloat" in part)
        for bucket, part in parts
        for field in re.findall(r'r\._field == "(\w+)"', part)
    }
    wanted = {
        (spec.bucket, field.name, field.type is FieldType.INTEGER)
        for spec in ROLLED
        for field in rolled_fields(spec)
    }
    assert read == wanted
    both = {(bucket, field) for bucket, field, _ in wanted}
    assert len(both) == len(wanted), "a name that is a float here and an integer there is read twice"


def test_what_counts_as_active_is_what_the_vocabulary_says() -> None:
    assert re.findall(r"r\._value >= (\S+)\)", TEXTS["pet_active"]) == [str(ACTIVE_MOTION)]


def test_what_marks_a_rollup_in_an_answer_are_its_whole_numbers() -> None:
    for spec in DERIVED:
        for field in spec.fields:
            marks = field.name.endswith("_count") or field.name in ("minutes", "days")
            assert marks == (field.type is FieldType.INTEGER), f"{spec.name}.{field.name}"


def test_a_task_differs_from_its_file_in_names_and_zone_alone() -> None:
    for name, text in TEXTS.items():
        assert programs.task(name) == text
        other = programs.task(name, "home_", ZoneInfo("Asia/Kathmandu")).splitlines()
        changed = [line for line, before in zip(other, text.splitlines(), strict=True) if line != before]
        assert all("home_" in line or '"Asia/Kathmandu"' in line for line in changed)
        assert not re.search(r'bucket: "(?!home_)', "\n".join(other))


@dataclass(frozen=True)
class Home:
    """Buckets of its own on a server, and what asks that server to run tasks."""

    store: ServerStore
    prefix: str
    tasks: TasksApi
    org_id: str

    def run(self, name: str, zone: ZoneInfo, now: datetime) -> None:
        """Make the task, let the server run it as if it were due at ``now``, and wait until it has."""
        text = programs.task(name, self.prefix, zone)
        task = self.tasks.create_task(
            task_create_request=TaskCreateRequest(flux=text, org_id=self.org_id, status="active")
        )
        run = self.tasks.run_manually(task.id, scheduled_for=now)
        deadline = time.monotonic() + 60
        while (status := self.status(task.id, run.id)) not in ("success", "failed"):
            assert time.monotonic() < deadline, f"{name} is still {status}"
            time.sleep(0.05)
        assert status == "success", self.tasks.get_run_logs(task.id, run.id)
        self.tasks.delete_task(task.id)

    def status(self, task: str, run: str) -> str:
        try:
            return str(self.tasks.get_run(task, run).status)
        except ApiException as error:
            # Between running and done there is a moment at which the server knows nothing of it.
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return "unknown"


@pytest.fixture
def home(influx_server: Influx) -> Iterator[Home]:
    """Without tasks of its own, as ``apply`` would make them: those would also run by the real clock."""
    prefix = next(_prefixes)
    config = InfluxSection(url=influx_server.url, org=influx_server.org, retention=FOREVER)
    with (
        closing(InfluxDBClient(config.url, influx_server.token, org=config.org)) as client,
        closing(
            ServerStore(config.url, config.org, influx_server.token, prefix=prefix, now=lambda: 0)
        ) as store,
    ):
        for bucket in BUCKETS:
            client.buckets_api().create_bucket(bucket_name=bucket_name(bucket, prefix), org=config.org)
        org_id = client.organizations_api().find_organizations(org=config.org)[0].id
        yield Home(store, prefix, client.tasks_api(), org_id)


_prefixes = (f"programs{number}_" for number in itertools.count())


@pytest.mark.parametrize("name", ["rollup_15m", "pet_active"])
def test_the_server_rolls_quarter_hours_up_by_itself(home: Home, name: str, chance: random.Random) -> None:
    now = datetime(2025, 5, 20, 9, 30, tzinfo=UTC)
    window = Window(now - HOUR, now + HOUR)
    points = [point for spec in ROLLED for point in some_points(spec, window, 100, chance)]
    put(home.store, points)
    home.run(name, ZoneInfo("UTC"), now)
    made = [p for p in everything(points, ZoneInfo("UTC")) if now - 2 * QUARTER <= p.time < now]
    is_wanted = {True: "rollup_15m", False: "pet_active"}
    expected = [
        point
        for point in made
        if point.measurement.endswith("_15m")
        and is_wanted[not point.measurement.startswith("pet_active_")] == name
    ]
    assert expected
    assert differences(there(home.store, window), expected) == []


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", "2025-06-02T00:00+00:00"),
        ("Europe/Zurich", "2025-03-31T00:00+02:00"),  # after a day of 23 hours
        ("Europe/Zurich", "2025-10-27T00:00+01:00"),  # after one of 25
        ("Asia/Kathmandu", "2025-05-02T00:00+05:45"),
        ("Australia/Lord_Howe", "2025-04-07T00:00+10:30"),  # after one of 24 and a half
        ("America/Havana", "2025-03-10T00:00-04:00"),  # after one whose midnight is skipped
        ("America/Havana", "2025-11-03T00:00-05:00"),  # after one whose midnight comes twice
    ],
)
def test_the_server_rolls_days_up_by_itself(
    home: Home, zone: str, midnight: str, chance: random.Random
) -> None:
    local = ZoneInfo(zone)
    end = datetime.fromisoformat(midnight).astimezone(UTC)
    day = local_time.day(end - HOUR, local)
    window = Window(day.start - HOUR, end + HOUR)
    points = [point for spec in ROLLED for point in some_points(spec, window, 200, chance)]
    put(home.store, points)
    for spec in ROLLED:
        home.store.roll_up(spec.name, window, local)
    names = [spec.name for spec in DERIVED if spec.bucket == "rollup_1d"]
    assert there(home.store, window, *names) == [], "no day is over by this store's clock"
    # The task is due at whole hours of UTC.
    home.run("rollup_1d", local, end if end.minute == 0 else end.replace(minute=0) + HOUR)
    expected = [p for p in everything(points, local) if p.measurement in names and p.time == day.start]
    assert differences(there(home.store, Window(day.start - DAY, end + DAY), *names), expected) == []


def test_the_server_works_out_baselines_by_itself(home: Home, chance: random.Random) -> None:
    local = ZoneInfo("Asia/Kathmandu")
    now = datetime(2025, 5, 20, 9, 30, tzinfo=UTC)
    window = Window(now - 20 * DAY, now)
    sources = (MEASUREMENTS["environment"], MEASUREMENTS["pet_activity"])
    points = [point for spec in sources for point in some_points(spec, window, 500, chance)]
    put(home.store, points)
    for spec in sources:
        home.store.roll_up(spec.name, window, local)
    home.run("baseline", local, now)
    start = datetime(2025, 5, 20, 9, 15, tzinfo=UTC)  # 15:00 in Kathmandu
    expected = baseline_points(points, now, start, local)
    assert expected
    assert differences(there(home.store, Window(now - DAY, now + DAY), "baseline"), expected) == []


def test_what_another_made_while_a_program_ran_stays(home: Home) -> None:
    """A late series comes and is rolled up by somebody else just after a slow re-run has read."""
    start = datetime(2025, 7, 1, 10, tzinfo=UTC)
    window, utc = Window(start, start + QUARTER), ZoneInfo("UTC")
    put(home.store, [climate(start, 20.0, sensor="a")])
    rerun = home.store._rerun()
    asked: list[str] = []

    def ask(query: str) -> Iterable[Mapping[str, Any]]:
        rows = list(rerun.ask(query))
        if "aggregateWindow" in query and not asked:
            asked.append(query)
            put(home.store, [climate(start, 25.0, sensor="late")])
            home.store.roll_up("environment", window, utc)
        return rows

    replace(rerun, ask=ask).roll_up("environment", window, utc, start + DAY)
    assert asked
    assert {p.tags["sensor"] for p in there(home.store, window, "environment_15m")} == {"a", "late"}
