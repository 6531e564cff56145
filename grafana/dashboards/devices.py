"""Cameras and devices: who is silent, how old the picture is, what waits, and how full the disk is."""

from datetime import timedelta
from typing import Any

from grafana import variables
from grafana.home import Home
from grafana.house import Dashboard
from grafana.panels import Panel, lines, of_column, row, steps, table
from grafana.queries import Numbers, numbers
from grafana.silence import silence
from grafana.units import HOURS, OF_SECONDS, PART, unit_of
from influx.alert_rules import RULES, SubjectKind
from influx.schema import BACKUP, CAMERA, NODE, PIPELINE, VOLUME
from influx.windows import Aggregate
from influx.words import Measurement

_NEVER: dict[str, Any] = {"type": "value", "options": {"0": {"text": "never", "index": 0}}}
"""For the moment 1970 began, which stands for none."""
_TEN_YEARS = timedelta(days=3650).total_seconds()
_AGELESS: dict[str, Any] = {
    "type": "range",
    "options": {"from": _TEN_YEARS, "to": 100 * _TEN_YEARS, "result": {"text": "–", "index": 0}},
}
"""For the age of what never spoke; that of all else ends with what is looked back upon."""
_MEAN, _MAX = Aggregate.MEAN, Aggregate.MAX
_NODES = {"node": "node"}
_CAMERA_NAME, _NODE_NAME = "${__field.labels.camera}", "${__field.labels.node}"
_PART_NAME = "${__field.labels.node} ${__field.labels.part}"


def dashboard(home: Home) -> Dashboard:
    """The dashboard of cameras, machines and what is on its way."""
    return Dashboard(
        "devices",
        "Cameras and devices",
        "What is silent, how old pictures are, what waits for the database, and how full disks are.",
        [
            quiet(home, "Everything expected", height=10),
            row("Cameras"),
            _frame_age(home),
            _fps(home),
            _still(home),
            _luma(home),
            row("On the way to the database"),
            _waiting(home),
            _oldest(home),
            _lost(home),
            row("Machines"),
            _disk(home),
            _clips(home),
            _plain(home, "Memory", "Used part of the memory.", NODE, "memory_used"),
            _plain(home, "Processor", "Temperature of the processor.", NODE, "cpu_temperature"),
            _plain(home, "Load", "Processes ready to run, mean of one minute.", NODE, "load"),
            _clock(home),
            _plain(home, "Battery", "Charge of the battery, of machines that have one.", NODE, "battery"),
            _backup(home),
        ],
        [variables.camera(home), variables.node(home)],
    )


def quiet(home: Home, title: str, *, wrong_alone: bool = False, width: int = 24, height: int = 8) -> Panel:
    """What is registered, and since when it is silent."""
    colours = {
        "ok": {"color": "green", "index": 0},
        "silent": {"color": "red", "index": 1},
        "never": {"color": "orange", "index": 2},
    }
    told = "Only what is silent or has never spoken. " if wrong_alone else ""
    return table(
        title,
        f"{told}Every machine, sensor, camera and pet that is expected and not retired, and when it was last "
        "heard of, whatever window is looked at. Sensors are silent after 15 minutes here; the page Health "
        "knows the interval of each.",
        {"A": silence(home, wrong_alone=wrong_alone)},
        ("name", "state", "heard", "kind", "node", "age"),
        width=width,
        height=height,
        overrides=(
            of_column("kind", displayName="Kind"),
            of_column("name", displayName="Name"),
            of_column("node", displayName="Machine"),
            of_column(
                "heard",
                displayName="Last heard of",
                unit="dateTimeFromNow",
                mappings=[_NEVER],
                custom_minWidth=130,
            ),
            of_column("age", displayName="Silent for", unit="s", decimals=0, mappings=[_AGELESS]),
            of_column(
                "state",
                displayName="State",
                mappings=[{"type": "value", "options": colours}],
                custom_cellOptions={"type": "color-text"},
            ),
        ),
        defaults={"noValue": "nothing is silent"} if wrong_alone else {},
    )


def _plain(
    home: Home,
    title: str,
    description: str,
    spec: Measurement,
    field: str,
    aggregate: Aggregate = _MEAN,
    name: str = _NODE_NAME,
    scale: str = "",
    **more: Any,
) -> Panel:
    tags: dict[str, str] = {name: name for name in ("camera", "node") if name in spec.tag_names}
    return lines(
        title,
        description,
        more.pop("unit", unit_of(spec, field)),
        {"A": numbers(home, Numbers(spec, field, aggregate, tags=tags, scale=scale))},
        name,
        **more,
    )


def _warning(high: float) -> dict[str, Any]:
    """Dashed where the rule warns unless somebody has set it otherwise."""
    return {
        "draws": {"thresholdsStyle": {"mode": "dashed"}},
        "defaults": {"thresholds": steps((None, "green"), (high, "red"))},
    }


def _high(rule: str, kind: SubjectKind) -> float:
    high = RULES[rule].defaults[kind].high
    assert high is not None, f"{rule} has no threshold by default"
    return high


def _frame_age(home: Home) -> Panel:
    told = (
        "How old the newest picture was, at worst within every step: a healthy camera stays below a second."
    )
    return _plain(home, "Age of the newest picture", told, CAMERA, "frame_age", _MAX, _CAMERA_NAME)


def _fps(home: Home) -> Panel:
    told = "How many pictures a second arrived; a gap is a camera that said nothing."
    return _plain(home, "Pictures a second", told, CAMERA, "fps", _MEAN, _CAMERA_NAME)


def _still(home: Home) -> Panel:
    high = _high("frozen", SubjectKind.CAMERA) * 60
    told = "For how long no pixel of the picture had changed. Dashed: where Hutch warns unless set otherwise."
    return _plain(home, "Frozen for", told, CAMERA, "still_age", _MAX, _CAMERA_NAME, **_warning(high))


def _luma(home: Home) -> Panel:
    told = "Mean brightness of the picture: at 0 % a camera sees nothing."
    return _plain(home, "Brightness", told, CAMERA, "luma", _MEAN, _CAMERA_NAME, unit=PART)


def _waiting(home: Home) -> Panel:
    told = (
        "How many points (clips, where the part is outbox) waited for the server, at most within every step."
    )
    return _plain(home, "Waiting", told, PIPELINE, "depth", _MAX, _PART_NAME, unit="short")


def _oldest(home: Home) -> Panel:
    high = _high("spool", SubjectKind.NODE) * 60
    told = "Age of the oldest point that waited. Dashed: where Hutch warns unless set otherwise."
    return _plain(home, "Longest waiting", told, PIPELINE, "oldest_age", _MAX, _PART_NAME, **_warning(high))


def _lost(home: Home) -> Panel:
    asked = {
        reference: numbers(home, Numbers(PIPELINE, field, _MAX, tags=_NODES, empty=False))
        + "    |> difference(nonNegative: true)\n"
        for reference, field in (("A", "rejected"), ("B", "dropped"))
    }
    dropped: dict[str, Any] = {
        "matcher": {"id": "byFrameRefID", "options": "B"},
        "properties": [{"id": "displayName", "value": f"given up, {_PART_NAME}"}],
    }
    return lines(
        "Refused and given up",
        "How many points the store refused, and how many were given up for want of room, from step to step.",
        unit_of(PIPELINE, "dropped"),
        asked,
        f"refused, {_PART_NAME}",
        width=24,
        draws={"axisSoftMin": 0, "axisSoftMax": 1},
        overrides=(dropped,),
    )


def _disk(home: Home) -> Panel:
    high = _high("storage", SubjectKind.NODE)
    told = "Used part of the disk that holds the data folder. Dashed: where Hutch warns unless set otherwise."
    return _plain(home, "Disk", told, NODE, "disk_used", _MAX, **_warning(high))


def _clips(home: Home) -> Panel:
    name = "${__field.labels.node} ${__field.labels.volume}"
    budget = {
        "matcher": {"id": "byFrameRefID", "options": "B"},
        "properties": [
            {"id": "displayName", "value": f"{name}, may take"},
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
        ],
    }
    return lines(
        "Room for clips",
        "What clips take, and dashed what they may take before the oldest make room.",
        unit_of(VOLUME, "used"),
        {
            "A": numbers(home, Numbers(VOLUME, "used", _MAX, tags=_NODES)),
            "B": numbers(home, Numbers(VOLUME, "budget", _MAX, tags=_NODES)),
        },
        name,
        overrides=(budget,),
    )


def _clock(home: Home) -> Panel:
    high = _high("clock", SubjectKind.NODE)
    told = "How far the clock was from the true time. Dashed: where Hutch warns unless set otherwise."
    warning = _warning(high)
    warning["defaults"]["thresholds"] = steps((None, "red"), (-high, "green"), (high, "red"))
    return _plain(home, "Clock", told, NODE, "clock_offset", _MEAN, **warning)


def _backup(home: Home) -> Panel:
    high = _high("backup", SubjectKind.HOME)
    told = "Age of the last good backup. Dashed: where Hutch warns unless set otherwise."
    name = "${__field.labels.target}"
    more = _warning(high)
    return _plain(home, "Backup", told, BACKUP, "age", _MAX, name, OF_SECONDS, unit=HOURS, **more)
