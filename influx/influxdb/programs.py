"""The Flux programs in ``tasks/``: as the server runs them by itself, and for one stretch of the past.

They are plain files that run in any editor as they are. What changes here is whole lines of theirs
(``start``, ``stop``, ``wanted``, the time zone, the task's options) and the names of the buckets.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from influx.buckets import bucket_name
from influx.influxdb.flux import literal
from influx.points import to_ns
from influx.rfc3339 import exactly
from influx.windows import Window
from influx.words import Measurement

TASKS = ("rollup_15m", "pet_active", "rollup_1d", "baseline")
"""The names of the tasks that a server runs; each is a file."""

_UTC = ZoneInfo("UTC")
_JSON = 'import "json"\n'
_COUNTS = """\
    |> filter(fn: (r) => r._field =~ /_count$/ or r._field == "minutes" or r._field == "days")
    |> drop(columns: ["_start", "_stop", "_value"])
    |> map(fn: (r) => ({json: string(v: json.encode(v: {r with _time: int(v: r._time)}))}))
"""
_BUCKET = re.compile(r'\bbucket: "(\w+)"')


def task(name: str, prefix: str = "", zone: ZoneInfo = _UTC) -> str:
    """The text of the task ``name`` for a server whose buckets begin with ``prefix``; it is called
    ``prefix`` and ``name`` there. ``zone`` is the home's.
    """
    program = _placed(name, prefix, zone)
    return _with_line(program, "option task", _option(program).replace(literal(name), literal(prefix + name)))


def once(
    name: str,
    prefix: str,
    zone: ZoneInfo,
    window: Window,
    measurements: Iterable[str] | None = None,
    *,
    strict: bool = True,
) -> str:
    """The query that does what the task ``name`` would have done from the start of ``window`` to its stop.

    It reads ``measurements`` alone where they are given, and answers with a JSON object for each field of the
    points that it made which counts something: its tags, ``_measurement``, ``_field`` and ``_time`` in ns.
    Where it is not ``strict`` it fails if what should be a number is none, and takes a tenth of the time.
    """
    program = _with_line(_placed(name, prefix, zone), "option task", None)
    program = _with_line(program, "start", exactly(to_ns(window.start)))
    if re.search("^stop = ", program, re.MULTILINE):
        program = _with_line(program, "stop", exactly(to_ns(window.stop)))
    if measurements is not None:
        tests = " or ".join(f"r._measurement == {literal(measurement)}" for measurement in measurements)
        program = _with_line(program, "wanted", f"(r) => {tests}")
    if not strict and re.search("^numbers = ", program, re.MULTILINE):
        program = _with_line(program, "numbers", "(tables=<-) => tables")
    return f"{_JSON}{program}{_COUNTS}"


def there(spec: Measurement, prefix: str, window: Window) -> str:
    """The query that answers in the same way with what there is of ``spec``, one of ``DERIVED``."""
    start, stop = exactly(to_ns(window.start)), exactly(to_ns(window.stop))
    return (
        f"{_JSON}from(bucket: {literal(bucket_name(spec.bucket, prefix))})\n"
        f"    |> range(start: {start}, stop: {stop})\n"
        f"    |> filter(fn: (r) => r._measurement == {literal(spec.name)})\n{_COUNTS}"
    )


@cache
def _text(name: str) -> str:
    return (files("influx") / "tasks" / f"{name}.flux").read_text(encoding="utf-8")


def _placed(name: str, prefix: str, zone: ZoneInfo) -> str:
    program = _BUCKET.sub(lambda found: f"bucket: {literal(bucket_name(found[1], prefix))}", _text(name))
    if "option location" in program:
        program = _with_line(program, "option location", f"timezone.location(name: {literal(zone.key)})")
    return program


def _option(program: str) -> str:
    found = re.search("^option task = (.*)$", program, re.MULTILINE)
    if found is None:
        raise ValueError("the program has no line `option task = `")
    return found[1]


def _with_line(program: str, name: str, value: str | None) -> str:
    """``program`` with ``value`` in the one line that sets ``name``; without that line where it is None."""
    line = "" if value is None else f"{name} = {value}\n"
    changed, count = re.subn(f"^{name} = .*\n", lambda _: line, program, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"the program has {count} lines `{name} = `, and needs one")
    return changed
