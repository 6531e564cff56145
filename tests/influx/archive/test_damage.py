"""Files that are not as an export writes them, from anybody: each is named, the rest is brought in."""

import gzip
import hashlib
import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from influx.archive import manifest
from influx.archive.formats import FORMATS
from influx.archive.importing import import_points
from influx.archive.manifest import WHOLE
from influx.archive.trouble import ArchiveError
from influx.embedded import EmbeddedStore
from influx.points import MAX_STRING_BYTES, make, to_ns
from influx.points import line as line_of
from influx.schema import ENVIRONMENT, JOURNAL
from influx.words import Measurement
from tests.influx.conftest import FOREVER

NOW = datetime(2041, 6, 1, tzinfo=UTC)
BAD_DAY, GOOD_DAY = "2041-05-28", "2041-05-29"
TAGS = {"node": "n", "sensor": "s", "location": "l"}
HEAD = b"time,location,node,sensor,temperature\r\n"
ROW = b"2041-05-28T00:00:00.000000000Z,l,n,s,20\r\n"


def climate(day: str) -> str:
    return line_of(make(ENVIRONMENT, TAGS, {"temperature": 20.0}, datetime.fromisoformat(f"{day}T12:00:00Z")))


def archive(folder: Path, form: str, bad: bytes) -> Path:
    """An archive of a file with the bytes ``bad``, as its manifest says, and a good one."""
    suffix, told = FORMATS[form].suffix, []
    (folder / "environment").mkdir(parents=True)
    good = folder / "environment" / f"{GOOD_DAY}{suffix}"
    with FORMATS[form].write(good, ENVIRONMENT) as add:
        add([climate(GOOD_DAY)])
    (folder / "environment" / f"{BAD_DAY}{suffix}").write_bytes(bad)
    for path in sorted((folder / "environment").iterdir()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        told.append({"path": f"environment/{path.name}", "points": 1, "sha256": digest})
    window = {"start": "2041-05-28T00:00:00+00:00", "stop": "2041-05-30T00:00:00+00:00"}
    request = {"version": 1, "format": form, **window, "measurements": ["environment"]}
    (folder / WHOLE).write_text(json.dumps({**request, "files": told}))
    return folder


def parquet(folder: Path, query: str) -> bytes:
    path = folder / "made.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


COLUMNS = "TIMESTAMP_NS '2041-05-28' AS time, 'l' AS location, 'n' AS node, 's' AS sensor"
DAMAGES = {
    "not gzip": ("csv", b"hello", "cannot be unpacked"),
    "cut off": ("csv", gzip.compress(HEAD + ROW * 9)[:-12], "cannot be unpacked"),
    "flipped": ("lp", gzip.compress(b"")[:10] + b"\xff" * 30, "cannot be unpacked"),
    "empty": ("csv", b"", "no column 'time'"),
    "a cell": ("csv", gzip.compress(HEAD + ROW.replace(b"20\r", b"warm\r")), "line 2 is not"),
    "a time": ("csv", gzip.compress(HEAD + b"noon" + ROW), "line 2 is not"),
    "a row": ("csv", gzip.compress(HEAD + b"2041-05-28T00:00:00Z,l\r\n"), "line 2 is not"),
    "a NUL": ("csv", gzip.compress(HEAD + ROW.replace(b"20\r", b"\x002\r")), "line 2 is not"),
    "no time": ("csv", gzip.compress(b"when\r\n1\r\n"), "no column 'time'"),
    "no tag": (
        "csv",
        gzip.compress(b"time,node\r\n1,n\r\n"),
        "no column 'location', which environment needs",
    ),
    "text": ("lp", gzip.compress(b"\xff\xfe\n"), "is not UTF-8"),
    "text of a table": ("csv", gzip.compress(HEAD + b"\xff\xfe\n"), "is not UTF-8"),
    "no parquet": ("parquet", b"hello", "not as an export writes it"),
}
PARQUETS = {
    "no tag": ("SELECT 1 AS temperature", "no column 'time'"),
    "a type": (f"SELECT {COLUMNS}, [1.0] AS temperature", "'temperature' is of a type that no export writes"),
    "a value": (f"SELECT {COLUMNS}, 'warm' AS temperature", "not as an export writes it"),
    "a time": (f"SELECT {COLUMNS.replace('_NS', '')}, 1.0 AS temperature", "'time' is of a type"),
}


@pytest.mark.parametrize("case", [*DAMAGES, *(f"parquet: {name}" for name in PARQUETS)])
def test_a_bad_file_is_named_and_the_rest_brought_in(tmp_path: Path, case: str) -> None:
    if case in DAMAGES:
        form, bad, sentence = DAMAGES[case]
    else:
        query, sentence = PARQUETS[case.removeprefix("parquet: ")]
        form, bad = "parquet", parquet(tmp_path, query)
    folder = archive(tmp_path / "out", form, bad)
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=FOREVER)) as store:
        result = import_points(
            store, folder, node="pi", retention=FOREVER, now=NOW.timestamp, done=tmp_path / "done"
        )
    (told,) = result.damaged
    assert told.startswith(f"environment/{BAD_DAY}{FORMATS[form].suffix}: ")
    assert sentence in told
    assert (result.points, result.refused) == (1, 0)


LIMITED = """
import resource, sys
from pathlib import Path
from influx.archive import manifest
from influx.archive.formats import FORMATS
from influx.archive.trouble import ArchiveError
from influx.schema import MEASUREMENTS

read = FORMATS[sys.argv[1]].read
next(read(Path(sys.argv[4]), MEASUREMENTS[sys.argv[3]]))  # what reading takes at all
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for lines in read(Path(sys.argv[2]), MEASUREMENTS[sys.argv[3]]):
        pass
except ArchiveError as error:
    print(error)
unit = 2**20 if sys.platform == "darwin" else 2**10
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit)
"""

MB = 10**6
JOURNAL_HEAD = b"time,entry_type,person,note\r\n2041-05-28T00:00:00Z,food,mia,"
BOMBS = {
    "one line": ("lp", JOURNAL, b"", b"a", "a point in it is longer"),
    "one string": (
        "lp",
        JOURNAL,
        b'journal,entry_type=a,person=b note="',
        b'\n\\"',
        "a point in it is longer",
    ),
    "one heading": ("csv", JOURNAL, b"", b"a", "a point in it is longer"),
    "one cell": ("csv", JOURNAL, JOURNAL_HEAD + b'"', b"a\n", "a point in it is longer"),
    "one row": ("csv", JOURNAL, JOURNAL_HEAD, b'"\n",', "a point in it is longer"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_small_file_does_not_fill_the_memory(tmp_path: Path, case: str) -> None:
    form, spec, head, piece, sentence = BOMBS[case]
    path = tmp_path / "bomb"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(head)
        for _ in range(100):
            file.write(piece * (MB // len(piece)))
    assert sentence in limited(form, path, spec, at_most_mb=40)


def test_a_string_that_none_can_be_is_refused_in_parquet(tmp_path: Path) -> None:
    columns = "TIMESTAMP_NS '2041-05-28' AS time, 'food' AS entry_type, 'mia' AS person"
    (tmp_path / "bomb").write_bytes(parquet(tmp_path, f"SELECT {columns}, repeat('a', 40_000_000) AS note"))
    assert "a string in it is longer than any can be" in limited(
        "parquet", tmp_path / "bomb", JOURNAL, at_most_mb=200
    )


def limited(form: str, path: Path, spec: Measurement, at_most_mb: int) -> str:
    """What is told of the file at ``path``, having taken at most so much memory more than a small one."""
    small = path.with_name("small")
    tags = {"entry_type": "food", "person": "mia"}
    with FORMATS[form].write(small, spec) as add:
        add([line_of(make(spec, tags, {"note": "a"}, to_ns(NOW)))])
    command = [sys.executable, "-c", LIMITED, form, str(path), spec.name, str(small)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert float(out[-1]) < at_most_mb, out
    return "\n".join(out[:-1])


@pytest.mark.parametrize("form", FORMATS)
def test_the_longest_points_that_can_be_are_taken(tmp_path: Path, form: str) -> None:
    names = [field.name for field in JOURNAL.fields if field.type == "string"]
    tags = dict.fromkeys(JOURNAL.tag_names, "é ," * 85)
    for text in ('"' * MAX_STRING_BYTES, "\\\n" * (MAX_STRING_BYTES // 2)):
        lines = [line_of(make(JOURNAL, tags, dict.fromkeys(names, text), to_ns(NOW) + n)) for n in range(60)]
        with FORMATS[form].write(tmp_path / "file", JOURNAL) as add:
            add(lines)
        found = list(FORMATS[form].read(tmp_path / "file", JOURNAL))
        assert sorted(line for chunk in found for line in chunk) == sorted(lines)
        assert len(found) > 1, "so many characters are too many at once"


def test_many_line_breaks_in_a_string_are_looked_at_once(tmp_path: Path) -> None:
    path, tags = tmp_path / "file", {"entry_type": "a", "person": 'a\\ "b'}
    lines = [line_of(make(JOURNAL, tags, {"note": '"\n' * 32_000}, to_ns(NOW) + n)) for n in range(5)]
    with FORMATS["lp"].write(path, JOURNAL) as add:
        add(lines)
    # Put together and parsed anew at each line break, this took minutes.
    assert [line for chunk in FORMATS["lp"].read(path, JOURNAL) for line in chunk] == lines


def test_a_file_that_is_not_there_is_an_archive_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        list(FORMATS["lp"].read(tmp_path / "none", JOURNAL))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is no JSON from line 1 on"),
        (b'{"version": 1,\n "format": "lp', "it is no JSON from line 2 on"),
        (b'{"version": 1}', "it lacks 'start'"),
        (b"{}", "it lacks 'version'"),
        (b"[]", "a value in it is none that an export writes"),
        (b"\xff\xfe\x00", "it is no text"),
    ],
)
def test_a_damaged_manifest_is_told_in_a_sentence_that_names_it_and_says_what_to_do(
    tmp_path: Path, content: bytes, what: str
) -> None:
    (tmp_path / WHOLE).write_bytes(content)
    with pytest.raises(ArchiveError) as told:
        manifest.load(tmp_path)
    assert str(told.value) == (
        f"{tmp_path / WHOLE} is damaged: {what}; "
        "copy it anew from where it was exported, or export again into another folder"
    )
