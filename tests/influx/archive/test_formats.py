"""Each format gives back exactly the points that were put in."""

import csv
import gzip
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx.archive.formats import FORMATS, Format
from influx.archive.trouble import ArchiveError
from influx.lines import parse_line
from influx.points import Point, check, line, make
from influx.rows_as_lines import MOST_LINES
from influx.schema import ENVIRONMENT, JOURNAL, MEASUREMENTS
from influx.words import Measurement
from tests.influx.strategies import any_measurement, points

AT = 1_780_000_000_123_456_789
BREAKS = (
    "",
    '"',
    '""',
    '"a',
    "\n",
    "\r",
    "\r\n",
    "a\nb",
    '\n"\n',
    ",",
    " ",
    "\x00",
    'a,b="1" 2\n\'',
    "\u2028",
)


def kept(form: Format, path: Path, spec: Measurement, *chunks: list[str]) -> list[str]:
    """What is read after ``chunks`` were written."""
    with form.write(path, spec) as add:
        for lines in chunks:
            add(lines)
    return [text for lines in form.read(path, spec) for text in lines]


@pytest.fixture(params=FORMATS, scope="module")
def form(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder [with] *stars* and 'quotes'")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_put_in_comes_out_exactly(form: Format, folder: Path, data: st.DataObject) -> None:
    spec = data.draw(any_measurement)
    times = st.integers(0, 7_258_118_400 * 10**9 - 1)
    given_points = data.draw(st.lists(points(st.just(spec), times=times), min_size=1, max_size=5))
    found = kept(form, folder / f"file{form.suffix}", spec, [line(point) for point in given_points])
    assert [check(parse_line(text)) for text in found] == given_points


@pytest.mark.parametrize("note", BREAKS)
def test_no_string_is_lost_on_the_way(form: Format, folder: Path, note: str) -> None:
    tags = {"person": 'a\\ "b', "entry_type": '"'}
    given_points = [
        make(JOURNAL, tags, {"note": note, "name": ""}, AT),
        make(JOURNAL, tags, {"note": note, "amount": 1.0}, AT + 1),
        make(JOURNAL, tags, {"entry_id": "x"}, AT + 2),
    ]
    found = kept(form, folder / f"file{form.suffix}", JOURNAL, [line(point) for point in given_points])
    assert [check(parse_line(text)) for text in found] == given_points


def climate(number: int) -> Point:
    tags = {"node": "pi", "sensor": "a", "location": "room"}
    return make(ENVIRONMENT, tags, {"temperature": number / 1000}, AT + number)


def test_more_than_one_list_keeps_its_order(form: Format, folder: Path) -> None:
    lines = [line(climate(number)) for number in range(2 * MOST_LINES + 3)]
    path = folder / f"file{form.suffix}"
    assert kept(form, path, ENVIRONMENT, lines[:7], lines[7:]) == lines
    assert max(len(chunk) for chunk in form.read(path, ENVIRONMENT)) <= MOST_LINES


@pytest.mark.parametrize("name", ["lp", "csv"])
def test_equal_points_make_equal_bytes(tmp_path: Path, name: str) -> None:
    for path in (tmp_path / "one", tmp_path / "two"):
        kept(FORMATS[name], path, ENVIRONMENT, [line(climate(1))])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_csv_is_what_a_spreadsheet_reads(tmp_path: Path) -> None:
    path = tmp_path / "day.csv.gz"
    kept(FORMATS["csv"], path, ENVIRONMENT, [line(climate(20_500))])
    with gzip.open(path, "rt", newline="") as file:
        assert list(csv.reader(file)) == [
            ["time", "location", "node", "sensor", "temperature", "humidity", "pressure", "estimated"],
            ["2026-05-28T20:26:40.123477289Z", "room", "pi", "a", "20.5", "", "", ""],
        ]


def test_parquet_has_times_and_types_for_who_asks_it(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    kept(FORMATS["parquet"], path, ENVIRONMENT, [line(climate(20_500))])
    with duckdb.connect() as db:
        found = db.execute(
            "SELECT typeof(time), typeof(temperature), temperature, humidity FROM read_parquet(?)",
            [str(path)],
        )
        assert found.fetchall() == [("TIMESTAMP_NS", "DOUBLE", 20.5, None)]
    assert [path.name for path in tmp_path.iterdir()] == ["day.parquet"]


def test_a_column_that_the_vocabulary_lacks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    kept(FORMATS["parquet"], path, ENVIRONMENT, [line(climate(1))])
    with pytest.raises(ArchiveError, match="column 'estimated', which volume has not"):
        list(FORMATS["parquet"].read(path, MEASUREMENTS["volume"]))
