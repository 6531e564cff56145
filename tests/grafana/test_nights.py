"""A night is eight hours, by whichever clock the home has, in whichever zone it is."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grafana.dashboards.nights import nights
from grafana.home import Home
from influx.points import line, make
from influx.schema import ENVIRONMENT
from influx.server import ServerStore
from influx.steps import QUARTER
from influx.windows import Window
from tests.grafana.as_grafana import Asker, moment
from tests.influx.conftest import section
from tests.servers import Influx


@pytest.mark.parametrize(
    ("zone", "changed"),
    [
        ("Europe/Zurich", "2026-03-29"),
        ("Europe/Zurich", "2025-10-26"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Asia/Kolkata", "2026-04-05"),
        ("UTC", "2026-04-05"),
    ],
)
def test_a_night_lasts_eight_hours_though_clocks_are_changed(
    influx_server: Influx, zone: str, changed: str
) -> None:
    config, place = section(influx_server), ZoneInfo(zone)
    midnight = datetime.fromisoformat(changed).replace(tzinfo=place)
    days = [midnight + timedelta(days=number) for number in (-1, 0, 1)]
    window = Window(
        (days[0] - timedelta(hours=6)).astimezone(UTC), (days[2] + timedelta(hours=12)).astimezone(UTC)
    )
    quarters = [window.start + QUARTER * number for number in range(window.length // QUARTER)]
    with closing(
        ServerStore(influx_server.url, influx_server.org, influx_server.token, prefix=config.bucket_prefix)
    ) as store:
        for sensor, sign in (("warms", 1), ("cools", -1)):
            tags = {"node": "pi", "sensor": sensor, "location": "den"}
            made = [
                make(ENVIRONMENT, tags, {"temperature": sign * number / 10}, at + timedelta(minutes=3))
                for number, at in enumerate(quarters)
            ]
            store.write("environment", [line(point) for point in made])
        store.roll_up("environment", window, place)
    query = nights(Home(place, config.bucket_prefix)).queries["A"]
    asker = Asker(influx_server.url, influx_server.org, influx_server.token)
    rows = asker.rows(
        query, Window(window.start + timedelta(hours=6), window.stop), {"location": ".*", "unit": "C"}
    )
    shown = {(row["sensor"], moment(row["_time"])): float(row["_value"]) for row in rows}
    expected: dict[tuple[str, datetime], float] = {}
    for day in days:
        evening = (day - timedelta(hours=2)).astimezone(UTC)
        first, last = quarters.index(evening), quarters.index(evening + timedelta(hours=8) - QUARTER)
        expected |= {("warms", day.astimezone(UTC)): first / 10, ("cools", day.astimezone(UTC)): -last / 10}
    assert shown == pytest.approx(expected)
