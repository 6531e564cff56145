"""The vocabulary: every measurement, tag and field that Hutch stores, written once.

Python takes names from here through ``influx.points.make``; ``SCHEMA.md`` is generated from here.
Values are SI (degrees Celsius); what a person sees in other units is converted at the edge.
"""

from collections.abc import Mapping
from types import MappingProxyType

from influx.rollup import DAILY, QUARTER_HOURLY, rollup
from influx.words import Field, FieldType, Measurement, Tag

_NODE = Tag("node", "the machine the point comes from")
_SENSOR = Tag("sensor", "the sensor, as the configuration calls it; the device where none is configured")
_LOCATION = Tag("location", "the room or cage, as the configuration calls it")
_CAMERA = Tag("camera", "the camera, as the configuration calls it")
_PET = Tag(
    "pet",
    "the pet's name, `unknown`, `person` where a model saw one and no pet, "
    "or `none` where a person said that it is no pet",
)

_FLOAT, _INTEGER, _STRING, _BOOLEAN = FieldType.FLOAT, FieldType.INTEGER, FieldType.STRING, FieldType.BOOLEAN

_ESTIMATED = Field(
    "estimated", _BOOLEAN, "", "true where the clock was never known to be right, and the time is a guess"
)

ENVIRONMENT = Measurement(
    "environment",
    "readings",
    "the climate of a location",
    (_NODE, _SENSOR, _LOCATION),
    (
        Field("temperature", _FLOAT, "°C", "air temperature", -90, 150),
        Field("humidity", _FLOAT, "%", "relative humidity", 0, 100),
        Field("pressure", _FLOAT, "hPa", "air pressure", 300, 1200),
        _ESTIMATED,
    ),
)
GAS = Measurement(
    "gas",
    "readings",
    "the concentration of a gas",
    (
        _NODE,
        _SENSOR,
        Tag("gas", "the gas, by its formula: CH4, CO, ..."),
        Tag("channel", "the place of the sensor in the device's message, from 0"),
        _LOCATION,
    ),
    (Field("concentration", _FLOAT, "ppm", "concentration", 0, 1_000_000), _ESTIMATED),
)
NODE = Measurement(
    "node",
    "health",
    "how a machine is doing",
    (_NODE,),
    (
        Field("battery", _FLOAT, "%", "charge of the battery", 0, 100),
        Field("cpu_temperature", _FLOAT, "°C", "temperature of the processor", -90, 200),
        Field("load", _FLOAT, "", "processes ready to run, mean of one minute", 0),
        Field("disk_used", _FLOAT, "%", "used part of the disk that holds the data folder", 0, 100),
        Field("memory_used", _FLOAT, "%", "used part of the memory", 0, 100),
        Field("uptime", _FLOAT, "s", "time since the machine started", 0),
        Field("clock_offset", _FLOAT, "s", "how far the clock is from the true time"),
        _ESTIMATED,
    ),
)
PIPELINE = Measurement(
    "pipeline",
    "health",
    "how points leave a node",
    (_NODE, Tag("part", "which part of the way: `spool`, `outbox`, or `mqtt`, which counts messages")),
    (
        Field("depth", _INTEGER, "", "points waiting; clips where the part is `outbox`", 0),
        Field("oldest_age", _FLOAT, "s", "age of the oldest waiting point", 0),
        Field("accepted", _INTEGER, "points", "points delivered since the spool was made", 0),
        Field("rejected", _INTEGER, "points", "points refused by the store since the spool was made", 0),
        Field("dropped", _INTEGER, "points", "points given up for want of room since the spool was made", 0),
        _ESTIMATED,
    ),
)
CAMERA = Measurement(
    "camera",
    "health",
    "how a camera is doing",
    (_NODE, _CAMERA),
    (
        Field("fps", _FLOAT, "1/s", "frames that arrived", 0),
        Field("frame_age", _FLOAT, "s", "age of the newest frame", 0),
        Field("still_age", _FLOAT, "s", "time since the picture last showed anything new at all", 0),
        Field("luma", _FLOAT, "", "mean brightness of the picture, 0 black to 1 white", 0, 1),
        Field("state", _STRING, "", "`running`, `lost`, `starting`, `frozen`, `black` or `looping`"),
        Field("motion", _FLOAT, "", "part of the picture that moves", 0, 1),
        Field("dropped", _INTEGER, "frames", "frames not analysed in time since the camera started", 0),
        Field(
            "faults", _INTEGER, "", "times it was lost, frozen, black or repeated itself, since it started", 0
        ),
        Field("bitrate", _FLOAT, "bit/s", "bitrate of the encoded picture", 0),
        Field("aside", _INTEGER, "", "events without a clip as there were too many, since it started", 0),
        Field("unrecorded", _INTEGER, "", "events that the disk did not take, since it started", 0),
    ),
)
VOLUME = Measurement(
    "volume",
    "health",
    "room for clips",
    (_NODE, Tag("volume", "the folder or bucket that holds the clips")),
    (
        Field("used", _INTEGER, "B", "bytes that clips and snapshots take", 0),
        Field("pinned", _INTEGER, "B", "those of them that a person pinned", 0),
        Field("budget", _INTEGER, "B", "bytes that clips may take; absent where nothing bounds them", 0),
        Field("free", _INTEGER, "B", "bytes free on the volume; absent where nobody can ask", 0),
        Field(
            "lacking",
            _FLOAT,
            "B",
            "bytes that are too many, and wait a day: pinned clips, or the first to go ever",
            0,
        ),
        Field("pruned", _INTEGER, "", "clips and snapshots deleted since the house keeper started", 0),
    ),
)
BACKUP = Measurement(
    "backup",
    "health",
    "how the last backup went",
    (Tag("target", "where the backup goes"),),
    (
        Field("age", _FLOAT, "s", "age of the last good backup", 0),
        Field("bytes", _INTEGER, "B", "size of the last good backup", 0),
        Field("ok", _BOOLEAN, "", "whether the last try succeeded"),
    ),
)
PET_EVENT = Measurement(
    "pet_event",
    "events",
    "something a pet did, timed at its start",
    (_CAMERA, _LOCATION, _PET, Tag("event_type", "what it did; one of the event types")),
    (
        Field("event_id", _STRING, "", "`<camera>-<UTC start to the ms>-<track>`"),
        Field("duration", _FLOAT, "s", "from start to end", 0),
        Field("confidence", _FLOAT, "", "how sure the event type is", 0, 1),
        Field("clip", _STRING, "", "key of the clip; empty where there is none"),
        Field("clip_state", _STRING, "", "`none`, `waiting`, `stored`, `pruned` or `lost`"),
        Field("snapshot", _STRING, "", "key of the snapshot; empty where there is none"),
        Field("evidence", _STRING, "", "JSON of the numbers that decided"),
        Field("revision", _INTEGER, "", "0 as first written, one more with each correction", 0),
    ),
)
PET_ACTIVITY = Measurement(
    "pet_activity",
    "activity",
    "where a pet is and how much it moves, every 10 s while it is seen",
    (_CAMERA, _PET),
    (
        Field("motion", _FLOAT, "", "part of its box that moves", 0, 1),
        Field("x", _FLOAT, "", "middle of its box, 0 left to 1 right", 0, 1),
        Field("y", _FLOAT, "", "middle of its box, 0 top to 1 bottom", 0, 1),
    ),
)
CORRECTION = Measurement(
    "correction",
    "events",
    "what a person says of an event, timed at its start; `pet_event` follows, whoever writes it again",
    (_CAMERA,),
    (
        Field("event_id", _STRING, "", "which event"),
        Field("pet", _STRING, "", "whose event it is; `none` where it was no pet"),
        Field("event_type", _STRING, "", "what it did"),
        Field("said_pet", _STRING, "", "whose it was as first written"),
        Field("said_type", _STRING, "", "what it did as first written"),
        Field("revision", _INTEGER, "", "the revision of the event that says so", 1),
        Field("person", _STRING, "", "who says so"),
    ),
)
PIN = Measurement(
    "pin",
    "settings",
    "which clips a person wants kept when room is made, timed at the event's start",
    (_CAMERA,),
    (
        Field("event_id", _STRING, "", "which event"),
        Field("pinned", _BOOLEAN, "", "whether it is pinned still"),
        Field("person", _STRING, "", "who said so last"),
    ),
)
JOURNAL = Measurement(
    "journal",
    "journal",
    "what was eaten and drunk, as a person wrote it down",
    (Tag("person", "who it is about"), Tag("entry_type", "`food` or `drink`")),
    (
        Field("amount", _FLOAT, "", "how many, or how much, of `name`", 0),
        Field("name", _STRING, "", "what it was, with the unit of the amount"),
        Field("note", _STRING, "", "free words"),
        Field("entry_id", _STRING, "", "names the entry"),
        Field("written", _STRING, "", "when it was written down, if that was later (ISO 8601, UTC)"),
    ),
)
ALERT_SETTING = Measurement(
    "alert_setting",
    "settings",
    "what a person set of an alert rule; a point names only what it changes",
    (
        Tag("rule", "the alert rule, as `alert_rules.py` names it"),
        Tag(
            "subject_kind",
            "`location`, `pet`, `camera`, `sensor`, `node`, `gas`, `person`, `home`, or `user` (whose mails)",
        ),
        Tag("subject", "which one"),
    ),
    (
        Field("low", _FLOAT, "", "lower threshold, in the rule's unit"),
        Field("high", _FLOAT, "", "upper threshold, in the rule's unit"),
        Field("low_default", _BOOLEAN, "", "the lower threshold is the default again, whatever `low` says"),
        Field("high_default", _BOOLEAN, "", "the upper threshold is the default again, whatever `high` says"),
        Field("off", _BOOLEAN, "", "nobody is told of this rule for this subject"),
        Field("wanted", _BOOLEAN, "", "whether the user wants mails of this rule"),
    ),
)
REGISTRY = Measurement(
    "registry",
    "settings",
    "every node, sensor, camera and pet that is expected to be heard of",
    (
        Tag("kind", "`node`, `sensor`, `camera` or `pet`"),
        Tag("name", "which one"),
        Tag("node", "the machine whose configuration names it"),
    ),
    (
        Field("since", _STRING, "", "when it was first configured (ISO 8601, UTC)"),
        Field("retired", _BOOLEAN, "", "no longer expected"),
    ),
)
LATE_WINDOW = Measurement(
    "late_window",
    "health",
    "a stretch of time for which points arrived after its rollups were made, timed at the report",
    (_NODE, Tag("measurement", "the measurement the late points belong to")),
    (
        Field("start", _STRING, "", "start of the stretch (ISO 8601, UTC)"),
        Field("stop", _STRING, "", "end of the stretch, not part of it (ISO 8601, UTC)"),
        Field("rolled_up", _BOOLEAN, "", "whether the rollups of the stretch have been made anew since"),
    ),
)

ROLLED = (ENVIRONMENT, GAS, NODE, PIPELINE, CAMERA, VOLUME, BACKUP, PET_EVENT, PET_ACTIVITY)
"""What rollups are made of. The rest is kept as long as its rollups would be, or has no numbers."""
ROLLUPS: Mapping[str, tuple[Measurement, Measurement]] = MappingProxyType(
    {spec.name: (rollup(spec, QUARTER_HOURLY), rollup(spec, DAILY)) for spec in ROLLED}
)
"""The 15-minute and the daily rollup of each measurement in ``ROLLED``, by its name."""

ACTIVE_MOTION = 0.05
"""A pet is active while at least this part of its box moves; sleepers breathe, and cameras have noise."""


def _pet_active(suffix: str, length: str) -> Measurement:
    return Measurement(
        f"pet_active_{suffix}",
        f"rollup_{suffix}",
        f"how long a pet was active within {length}, timed at its start",
        (_PET,),
        (Field("minutes", _INTEGER, "min", "minutes in which some camera saw it move", 0, 1500),),
        derived=True,
    )


PET_ACTIVE_15M = _pet_active("15m", "15 minutes")
PET_ACTIVE_1D = _pet_active("1d", "a day of the home's time zone")
BASELINE = Measurement(
    "baseline",
    "rollup_15m",
    "what is usual at this hour of the home's day, from the 14 days before; timed at the start of the hour",
    (
        Tag("kind", "`temperature` (°C) or `activity` (active minutes an hour)"),
        Tag("subject", "the location or the pet"),
    ),
    (
        Field("mean", _FLOAT, "", "mean of the days, in the unit of the kind"),
        Field(
            "deviation", _FLOAT, "", "standard deviation of the days (population), in the unit of the kind", 0
        ),
        Field("days", _INTEGER, "", "how many of the 14 days count", 1, 14),
    ),
    derived=True,
)

RECORDED = (*ROLLED, CORRECTION, PIN, JOURNAL, ALERT_SETTING, REGISTRY, LATE_WINDOW)
"""What sensors, cameras, devices, people and nodes write."""
DERIVED = (*(spec for both in ROLLUPS.values() for spec in both), PET_ACTIVE_15M, PET_ACTIVE_1D, BASELINE)
"""What the server side works out from it."""
MEASUREMENTS: Mapping[str, Measurement] = MappingProxyType(
    {spec.name: spec for spec in (*RECORDED, *DERIVED)}
)

TIMELAPSE = "timelapse"
"""The film of a camera's day, which lasts as long as the day."""
DYNAMIC_EVENT_TYPES = frozenset(
    {
        "passing",
        "playing",
        "eating_drinking",
        "grooming",
        "jumping",
        "interacting",
        "vocalizing",
        "entering",
        "leaving",
        "abnormal",
        "motion",
        "recording",
        TIMELAPSE,
    }
)
STILL_EVENT_TYPES = frozenset({"sleeping", "sitting", "photo"})
EVENT_TYPES = DYNAMIC_EVENT_TYPES | STILL_EVENT_TYPES
ASKED_EVENT_TYPES = frozenset({"photo", "recording"})
"""What a person asked a camera for."""
CAPTURED_EVENT_TYPES = ASKED_EVENT_TYPES | {TIMELAPSE}
"""Captures, which somebody wanted of a camera: no pet did anything, and none counts as a sign of one."""
UNKNOWN_PET = "unknown"
NO_PET = "none"
"""What a person says was no pet: a curtain, a shadow."""
PERSON = "person"
"""What a model takes for a person, with no pet about; docs/decisions/028-persons.md."""
NO_PETS = frozenset({NO_PET, PERSON})
"""What stands for a pet in the events of what is none; no sign of a pet."""
