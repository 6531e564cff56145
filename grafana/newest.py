"""What is the case now, whatever window is looked at: what is old is not shown as current."""

from grafana.home import Home
from grafana.queries import Tags, chosen
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only, strings
from influx.words import Measurement

CURRENT = "15m"
"""A value that is older than this is none of now: three posts of a device that sends every 5 minutes."""


def newest(
    home: Home,
    spec: Measurement,
    field: str,
    *,
    tags: Tags | None = None,
    when: str = "true",
    scale: str = "",
    within: str = CURRENT,
) -> str:
    """The query for the newest value of ``field`` of every series that spoke ``within`` that time of now."""
    lines = [
        f"from(bucket: {literal(bucket_name(spec.bucket, home.prefix))})",
        f"    |> range(start: if {when} then -{within} else -1s)",
        f"    {only('_measurement', [spec.name])}",
        f"    {only('_field', [spec.field(field).name])}",
        *chosen(spec, tags or {}),
        "    |> last()",
        f"    |> keep(columns: {strings(['_time', '_value', *spec.tag_names])})",
        "    |> toFloat()",
    ]
    if scale:
        lines.append(f"    |> map(fn: (r) => ({{r with _value: {scale}}}))")
    if when != "true":
        lines.append(f"    |> filter(fn: (r) => {when})")
    return "\n".join(lines) + "\n"
