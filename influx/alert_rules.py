"""What Hutch can warn of, by name: each rule with its unit, whom it is about, and where it begins.

A rule says what is compared with what; how it is asked of a store is not written here. What a person sets
over its defaults is an ``alert_setting`` point (``influx.alert_settings``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class SubjectKind(StrEnum):
    """What a threshold can belong to; ``user`` is who wants mails of a rule."""

    LOCATION = "location"
    PET = "pet"
    CAMERA = "camera"
    SENSOR = "sensor"
    NODE = "node"
    GAS = "gas"
    PERSON = "person"
    HOME = "home"
    USER = "user"


class Side(StrEnum):
    """``low``: warn below it. ``high``: warn above it."""

    LOW = "low"
    HIGH = "high"


HOME = "home"
"""The only subject of the kind ``home``: all of it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where warnings begin, in the rule's unit; None where they never do on that side."""

    low: float | None = None
    high: float | None = None


_NONE = Thresholds()


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule. ``sides`` are the thresholds that it has, none where it needs none.

    ``defaults`` are by the kind of subject, ``by_subject`` by the subject's own name (a gas), and win.
    ``least`` and ``most`` are what can be set at all.
    """

    name: str
    title: str
    unit: str
    kinds: tuple[SubjectKind, ...]
    sides: tuple[Side, ...]
    sentence: str
    defaults: Mapping[SubjectKind, Thresholds] = field(default_factory=dict)
    by_subject: Mapping[str, Thresholds] = field(default_factory=dict)
    least: float = 0
    most: float = 1_000_000

    def default(self, kind: SubjectKind, subject: str) -> Thresholds:
        """Where warnings of ``subject`` begin while nobody has set anything."""
        return self.by_subject.get(subject, self.defaults.get(kind, _NONE))


_LOCATION, _PET, _CAMERA, _NODE = SubjectKind.LOCATION, SubjectKind.PET, SubjectKind.CAMERA, SubjectKind.NODE
_BOTH, _HIGH, _LOW = (Side.LOW, Side.HIGH), (Side.HIGH,), (Side.LOW,)
_DAY = 24 * 60

NO_EVENT = AlertRule(
    "no_event",
    "Nothing seen",
    "min",
    (_PET, _CAMERA, _LOCATION, SubjectKind.HOME),
    _HIGH,
    "No event was seen for this long.",
    # As the registry has it: a pet is seen three times a day.
    {_PET: Thresholds(high=8 * 60), SubjectKind.HOME: Thresholds(high=_DAY)},
    least=1,
    most=365 * _DAY,
)
TEMPERATURE = AlertRule(
    "temperature",
    "Too cold or too warm",
    "°C",
    (_LOCATION, _PET, _CAMERA),
    _BOTH,
    "The temperature left the safe range. A pet's or camera's range narrows that of the location it is in.",
    least=-50,
    most=80,
)
GAS_LIMITS: Mapping[str, float] = MappingProxyType(
    {
        "CO": 35.0,  # EPA, 40 CFR 50.8 (a)(2): mean of 1 h; NIOSH REL, mean of a working day
        "NO2": 0.1,  # EPA, 40 CFR 50.11 (b): mean of 1 h; NIOSH lets workers breathe 1 ppm for 15 min
        "SO2": 0.075,  # EPA, 40 CFR 50.17 (a): mean of 1 h; NIOSH REL 2 ppm, mean of a working day
        "O3": 0.07,  # EPA, 40 CFR 50.19 (a): mean of 8 h; NIOSH REL 0.1 ppm at any time
        "CO2": 5000.0,  # OSHA PEL, 29 CFR 1910.1000 table Z-1, and NIOSH REL: mean of a working day
        "NH3": 25.0,  # NIOSH REL, mean of a working day; OSHA PEL 50 ppm
        "H2S": 10.0,  # NIOSH REL, 10 min; OSHA PEL 20 ppm at any time (29 CFR 1910.1000 table Z-2)
        "CH4": 5000.0,  # a tenth of what explodes, 5 % (OSHA, 29 CFR 1910.146 (b): hazardous atmosphere)
        "H2": 4000.0,  # the same of 4 %
    }
)
"""ppm from which a gas is too strong, by its formula.

Where the EPA has a primary standard for the air that everybody breathes, it is that, of its shortest mean:
it is set to protect children and the ill too. Else it is the lower limit for workers, of NIOSH (Pocket Guide
to Chemical Hazards) or OSHA, and of gases that only burn what OSHA calls a hazardous atmosphere.
"""
STORE = AlertRule(
    "store",
    "Database does not answer",
    "min",
    (SubjectKind.HOME,),
    _HIGH,
    "The database has not answered for this long, so that nothing else can be looked for.",
    {SubjectKind.HOME: Thresholds(high=15)},
    least=1,
    most=_DAY,
)
_RULES = (
    TEMPERATURE,
    AlertRule(
        "temperature_change",
        "Temperature changes fast",
        "°C/h",
        (_LOCATION,),
        _HIGH,
        "The temperature rose or fell by more than this within an hour.",
        {_LOCATION: Thresholds(high=4)},
        most=100,
    ),
    AlertRule(
        "humidity",
        "Too dry or too damp",
        "%",
        (_LOCATION,),
        _BOTH,
        "The relative humidity left this range.",
        most=100,
    ),
    AlertRule(
        "gas",
        "Gas",
        "ppm",
        (SubjectKind.GAS,),
        _HIGH,
        "A gas is stronger than this anywhere. No replacement for a certified gas or smoke alarm.",
        by_subject=MappingProxyType({gas: Thresholds(high=ppm) for gas, ppm in GAS_LIMITS.items()}),
    ),
    NO_EVENT,
    AlertRule(
        "unusual_activity",
        "Unusually active or quiet",
        "σ",
        (_PET,),
        _HIGH,
        "A pet moved more or less than usual at this hour, by this many standard deviations of 14 days.",
        {_PET: Thresholds(high=3)},
        least=1,
        most=10,
    ),
    AlertRule("abnormal", "Unusual behaviour", "", (_PET,), (), "An event of the type “abnormal” was seen."),
    AlertRule(
        "vocalizing",
        "Much vocalizing",
        "1/h",
        (_PET,),
        _HIGH,
        "A pet vocalized more often than this within an hour.",
        {_PET: Thresholds(high=12)},
        least=1,
        most=1000,
    ),
    AlertRule(
        "no_feed",
        "No feed",
        "min",
        (SubjectKind.PERSON,),
        _HIGH,
        "Nothing was written down in the journal for this long.",
        least=1,
        most=365 * _DAY,
    ),
    AlertRule(
        "disagreement",
        "Sensors disagree",
        "",
        (_LOCATION,),
        (),
        "The sensors of one location are further apart than hutch.toml allows.",
    ),
    AlertRule(
        "silence",
        "Silent",
        "min",
        (SubjectKind.SENSOR, _CAMERA, _NODE),
        _HIGH,
        "A sensor, camera or machine was not heard of for this long; unset, for three of its intervals.",
        least=1,
        most=365 * _DAY,
    ),
    AlertRule(
        "dark",
        "Camera sees nothing",
        "",
        (_CAMERA,),
        _LOW,
        "The mean brightness of the picture (0 black, 1 white) fell below this.",
        {_CAMERA: Thresholds(low=0.01)},
        most=1,
    ),
    AlertRule(
        "frozen",
        "Camera frozen",
        "min",
        (_CAMERA,),
        _HIGH,
        "The picture showed nothing new for this long, or the same seconds again and again.",
        {_CAMERA: Thresholds(high=2)},
        least=1,
        most=_DAY,
    ),
    STORE,
    AlertRule(
        "spool",
        "Readings wait",
        "min",
        (_NODE,),
        _HIGH,
        "The oldest reading waits for the database for this long.",
        {_NODE: Thresholds(high=15)},
        least=1,
        most=365 * _DAY,
    ),
    AlertRule(
        "lost",
        "Readings lost",
        "",
        (_NODE,),
        (),
        "Readings were given up for want of room, or refused by the database.",
    ),
    AlertRule(
        "storage",
        "Disk fills",
        "%",
        (_NODE,),
        _HIGH,
        "More of the disk is used than this.",
        {_NODE: Thresholds(high=80)},
        least=1,
        most=100,
    ),
    AlertRule(
        "room",
        "No room for clips",
        "MB",
        (_NODE,),
        _HIGH,
        "Clips take more than they may, by more than this: only pinned ones could go, or none went before.",
        {_NODE: Thresholds(high=1)},
        most=1_000_000_000,
    ),
    AlertRule(
        "backup",
        "No backup",
        "h",
        (SubjectKind.HOME,),
        _HIGH,
        "The last good backup is older than this.",
        {SubjectKind.HOME: Thresholds(high=48)},
        least=1,
        most=24 * 365,
    ),
    AlertRule(
        "clock",
        "Clock wrong",
        "s",
        (_NODE,),
        _HIGH,
        "A machine's clock is off by more than this.",
        {_NODE: Thresholds(high=5)},
        most=86_400,
    ),
)
RULES: Mapping[str, AlertRule] = MappingProxyType({rule.name: rule for rule in _RULES})
"""Every rule by its name, in the order in which they are shown."""
