"""Clips: a table of events with a clip, and the player of the one that is chosen."""

from grafana import variables
from grafana.dashboards.pets import ALL
from grafana.home import Home
from grafana.house import Dashboard
from grafana.panels import Json, Panel, html, of_column, table
from grafana.queries import chosen
from grafana.units import PART, unit_of
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only, strings
from influx.schema import PET_EVENT

MOST = 100
"""Clips of the table: the newest of the window."""
COLUMNS = (
    "_time",
    "play",
    "snapshot",
    "pet",
    "event_type",
    "duration",
    "camera",
    "location",
    "confidence",
    "clip",
)
ROOT = "../../../.."
"""The root of the origin as a link: Grafana puts its own path before those that begin with ``/``, and takes
others as they are; more steps up than there are folders lead to the root."""


def dashboard(home: Home) -> Dashboard:
    """The dashboard of the clips."""
    return Dashboard(
        "clips",
        "Clips",
        "Every clip of the window, newest first, and a player.",
        [_player(home), newest_clips(home, "Clips", width=15, height=20)],
        [
            variables.pet(home),
            variables.location(home),
            variables.camera(home),
            variables.one("clip", "Clip", _ids(home), sort=0),
        ],
        last="7d",
    )


def _player(home: Home) -> Panel:
    clip = f"{home.origin}/clips/${{clip:percentencode}}"
    content = (
        f'<video controls width="100%" src="{clip}"></video>'
        f'<p><a href="{home.origin}/pages/events/${{clip:percentencode}}" target="_blank">'
        "Everything about this event</a> · "
        f'<a href="{clip}" target="_blank">The clip alone</a></p>'
    )
    return html(
        "Player",
        "The clip that is chosen above, or by a click on a clip of the table.",
        content,
        width=9,
        height=12,
    )


def newest_clips(home: Home, title: str, *, width: int, height: int, most: int = MOST) -> Panel:
    """The newest events with a clip, each with its picture and links."""
    play: Json = {
        "title": "Play here",
        "url": "/d/hutch-clips?var-clip=${__data.fields.clip}&${__url_time_range}",
        "targetBlank": False,
    }
    about: Json = {
        "title": "Everything about this event",
        "url": f"{home.origin or ROOT}/pages/events/${{__value.raw}}",
        "targetBlank": True,
    }
    return table(
        title,
        f"The newest {most} events of the window that have a clip. A click on Play plays the clip, "
        "one on the event leads to everything about it.",
        {"A": _rows(home, most)},
        COLUMNS,
        width=width,
        height=height,
        options={"cellHeight": "lg"},
        overrides=(
            of_column("_time", displayName="When", unit="dateTimeAsLocal", custom_width=170),
            of_column(
                "snapshot", displayName="Picture", custom_cellOptions={"type": "image"}, custom_width=100
            ),
            of_column("pet", displayName="Pet"),
            of_column("event_type", displayName="What"),
            of_column("camera", displayName="Camera"),
            of_column("location", displayName="Location"),
            of_column("duration", displayName="Length", unit=unit_of(PET_EVENT, "duration")),
            of_column("confidence", displayName="Sure", unit=PART),
            of_column("play", displayName="Clip", links=[play], custom_width=70),
            of_column("clip", displayName="Event", links=[about]),
        ),
    )


def _stored(home: Home, most: int, tags: dict[str, str]) -> list[str]:
    """The beginning of a query: ``newest``, the time of the oldest of the ``most`` newest clips.

    The state alone is compared while it is read; all fields of all events would be put together in memory.
    """
    return [
        f"events = (start) => from(bucket: {literal(bucket_name(PET_EVENT.bucket, home.prefix))})",
        "    |> range(start: start, stop: v.timeRangeStop)",
        f"    {only('_measurement', [PET_EVENT.name])}",
        *chosen(PET_EVENT, tags),
        "stored = events(start: v.timeRangeStart)",
        f"    {only('_field', ['clip_state'])}",
        f"    {only('_value', ['stored'])}",
        '    |> keep(columns: ["_time"])',
        "    |> group()",
        '    |> sort(columns: ["_time"], desc: true)',
        f"    |> limit(n: {most})",
        '    |> min(column: "_time")',
        '    |> findColumn(fn: (key) => true, column: "_time")',
        "oldest = if length(arr: stored) > 0 then stored[0] else v.timeRangeStart",
    ]


def _rows(home: Home, most: int) -> str:
    stored = "\n".join(_stored(home, most, ALL))
    fields = ["event_id", "duration", "confidence", "clip_state", "snapshot"]
    snapshots = literal(f"{home.origin}/snapshots/")
    return f"""{stored}

events(start: oldest)
    {only("_field", fields)}
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> group()
    {only("clip_state", ["stored"])}
    |> map(fn: (r) => ({{r with
        clip: r.event_id,
        // A link takes the text that another column shows: so the id is shown, and Play is another column.
        play: "Play",
        snapshot: if exists r.snapshot and r.snapshot != "" then {snapshots} + r.event_id else "",
    }}))
    |> sort(columns: ["_time"], desc: true)
    |> limit(n: {most})
    |> keep(columns: {strings(COLUMNS)})
"""


def _ids(home: Home) -> str:
    stored = "\n".join(_stored(home, MOST, {}))
    return f"""{stored}

states = events(start: oldest) {only("_field", ["clip_state"])} {only("_value", ["stored"])}
ids = events(start: oldest) {only("_field", ["event_id"])}
union(tables: [states, ids])
    |> group()
    |> pivot(rowKey: {strings(["_time", *PET_EVENT.tag_names])}, columnKey: ["_field"], valueColumn: "_value")
    |> filter(fn: (r) => exists r.clip_state and exists r.event_id)
    |> sort(columns: ["_time"], desc: true)
    |> limit(n: {MOST})
    |> map(fn: (r) => ({{_value: r.event_id}}))
"""
