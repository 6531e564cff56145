"""How each alert rule is asked of a store, as data: evaluated by ``influx.findings``, and fit to be rendered
as a query for a server that evaluates it itself.

What a rule is called, whom it can be about and where it begins is in ``influx.alert_rules``.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from influx.alert_rules import RULES as ALERTS
from influx.alert_rules import SubjectKind
from influx.rule import Margin, Reduce, Rule, Severity, Together, Words
from influx.schema import (
    BACKUP,
    CAMERA,
    CAPTURED_EVENT_TYPES,
    ENVIRONMENT,
    GAS,
    JOURNAL,
    NO_PETS,
    NODE,
    PET_ACTIVE_15M,
    PET_EVENT,
    PIPELINE,
    REGISTRY,
    VOLUME,
)

_LOCATION, _PET, _CAMERA, _NODE = SubjectKind.LOCATION, SubjectKind.PET, SubjectKind.CAMERA, SubjectKind.NODE
_SENSOR, _HOME = SubjectKind.SENSOR, SubjectKind.HOME
_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_CURRENT = timedelta(minutes=15)
"""What a sensor said is current for so long where no configuration gives its interval, as in the registry."""
_REPORTED = timedelta(minutes=3)
"""Machines, cameras and spools report every 10 or 30 s."""
_TWICE = timedelta(seconds=15)
"""Seen at two looks, so that one wrong reading wakes nobody; and mails come within 90 s."""
_NO_SIGN = MappingProxyType({"pet": NO_PETS, "event_type": CAPTURED_EVENT_TYPES})
_AGES = Margin(part=0.1)

_RULES = (
    Rule(
        ALERTS["temperature"],
        ENVIRONMENT,
        ("temperature",),
        (_LOCATION,),
        Reduce.LAST,
        _CURRENT,
        _CRITICAL,
        Words(
            "{who} has a safe temperature again: {value}",
            "{who} is too warm: {value}",
            "{who} is too cold: {value}",
        ),
        Together.MEDIAN,
        lasts=_TWICE,
        margin=Margin(by=0.3),
    ),
    Rule(
        ALERTS["temperature_change"],
        ENVIRONMENT,
        ("temperature",),
        (_LOCATION,),
        Reduce.RANGE,
        _HOUR,
        _WARNING,
        Words(
            "{who}: the temperature is steady again ({value})", "{who}: the temperature changes fast: {value}"
        ),
        Together.MEDIAN,
        lasts=_TWICE,
        margin=Margin(part=0.2),
    ),
    Rule(
        ALERTS["humidity"],
        ENVIRONMENT,
        ("humidity",),
        (_LOCATION,),
        Reduce.LAST,
        _CURRENT,
        _WARNING,
        Words(
            "{who} is neither too dry nor too damp any more: {value}",
            "{who} is too damp: {value}",
            "{who} is too dry: {value}",
        ),
        Together.MEDIAN,
        lasts=timedelta(minutes=5),
        margin=Margin(by=2),
    ),
    Rule(
        ALERTS["gas"],
        GAS,
        ("concentration",),
        (SubjectKind.GAS,),
        Reduce.LAST,
        _CURRENT,
        _CRITICAL,
        Words("{who} is below its limit again: {value}", "{who} in the air{how}: {value}"),
        lasts=_TWICE,
        margin=Margin(part=0.1),
    ),
    Rule(
        ALERTS["no_event"],
        PET_EVENT,
        ("duration",),
        (_PET, _CAMERA, _LOCATION, _HOME),
        Reduce.AGE,
        2 * _DAY,
        _WARNING,
        Words("{who}: something was seen again", "{who}: nothing was seen for {value}"),
        never=_NO_SIGN,
        per=60,
        lasts=_TWICE,
        margin=_AGES,
    ),
    Rule(
        ALERTS["unusual_activity"],
        PET_ACTIVE_15M,
        ("minutes",),
        (_PET,),
        Reduce.DEVIATION,
        _HOUR,
        _WARNING,
        Words("{who} moves about as usual again", "{who} moved {how} than usual at this hour"),
        never=MappingProxyType({"pet": NO_PETS}),
        margin=Margin(part=0.2),
    ),
    Rule(
        ALERTS["abnormal"],
        PET_EVENT,
        ("duration",),
        (_PET,),
        Reduce.COUNT,
        timedelta(minutes=30),
        _WARNING,
        Words("{who} behaves as usual again", "{who} behaves unusually"),
        only=MappingProxyType({"event_type": "abnormal"}),
        never=_NO_SIGN,
    ),
    Rule(
        ALERTS["vocalizing"],
        PET_EVENT,
        ("duration",),
        (_PET,),
        Reduce.COUNT,
        _HOUR,
        _WARNING,
        Words("{who} is quieter again: {value}", "{who} vocalizes much: {value}"),
        only=MappingProxyType({"event_type": "vocalizing"}),
        never=_NO_SIGN,
        margin=Margin(part=0.25),
    ),
    Rule(
        ALERTS["no_feed"],
        JOURNAL,
        ("amount",),
        (SubjectKind.PERSON,),
        Reduce.AGE,
        2 * _DAY,
        # Nobody is told unless somebody asked for it, and then at night too.
        _CRITICAL,
        Words("{who}: a feed was written down", "{who}: no feed for {value}"),
        per=60,
        lasts=_TWICE,
        margin=_AGES,
    ),
    Rule(
        ALERTS["disagreement"],
        ENVIRONMENT,
        ("temperature", "humidity"),
        (_LOCATION,),
        Reduce.SPREAD,
        _CURRENT,
        _WARNING,
        Words("{who}: the sensors agree again", "{who}: the sensors are {value} apart"),
        lasts=timedelta(minutes=10),
        margin=Margin(part=0.1),
    ),
    Rule(
        ALERTS["silence"],
        REGISTRY,
        ("since",),
        (_SENSOR, _CAMERA, _NODE),
        Reduce.SILENCE,
        _DAY,
        # What nobody hears cannot warn of anything else.
        _CRITICAL,
        Words("{who} is heard again", "{who} is silent {how}"),
        per=60,
        # After a start everything was silent for as long as Hutch was off.
        lasts=timedelta(minutes=1),
        margin=_AGES,
    ),
    Rule(
        ALERTS["dark"],
        CAMERA,
        ("luma",),
        (_CAMERA,),
        Reduce.LAST,
        _REPORTED,
        _WARNING,
        Words("{who} sees again", low="{who} sees nothing: the picture is black"),
        lasts=timedelta(minutes=5),
        margin=Margin(part=0.5),
    ),
    Rule(
        ALERTS["frozen"],
        CAMERA,
        ("still_age",),
        (_CAMERA,),
        Reduce.LAST,
        _REPORTED,
        _WARNING,
        Words("{who} moves again", "{who} shows the same picture for {value}"),
        per=60,
        lasts=_TWICE,
        margin=_AGES,
    ),
    Rule(
        ALERTS["store"],
        # Of no measurement: it is what the points of a machine wait for.
        PIPELINE,
        ("oldest_age",),
        (_HOME,),
        Reduce.ANSWER,
        _REPORTED,
        # Who sees nothing cannot warn of anything else.
        _CRITICAL,
        Words(
            "The database answers again",
            "Hutch cannot see anything: the database does not answer for {value}",
        ),
        per=60,
        margin=_AGES,
    ),
    Rule(
        ALERTS["spool"],
        PIPELINE,
        ("oldest_age",),
        (_NODE,),
        Reduce.LAST,
        _REPORTED,
        _WARNING,
        Words("{who}: readings go on to the database again", "{who}: readings wait for {value}"),
        only=MappingProxyType({"part": "spool"}),
        per=60,
        lasts=timedelta(minutes=1),
        margin=_AGES,
    ),
    Rule(
        ALERTS["lost"],
        PIPELINE,
        ("dropped", "rejected"),
        (_NODE,),
        Reduce.GROWTH,
        _HOUR,
        _WARNING,
        Words("{who} loses no readings any more", "{who} lost {value} readings within an hour"),
        only=MappingProxyType({"part": "spool"}),
    ),
    Rule(
        ALERTS["storage"],
        NODE,
        ("disk_used",),
        (_NODE,),
        Reduce.LAST,
        _CURRENT,
        _WARNING,
        Words("{who}: the disk has room again ({value} used)", "{who}: the disk is {value} full"),
        lasts=timedelta(minutes=5),
        margin=Margin(by=2),
    ),
    Rule(
        ALERTS["room"],
        VOLUME,
        ("lacking",),
        (_NODE,),
        Reduce.LAST,
        _CURRENT,
        _WARNING,
        Words(
            "{who} has room for clips again",
            "{who}: clips take {value} more than they may, and a day after this some go that were "
            "to stay, or the first ever; `hutch clips du` tells more",
        ),
        per=1e6,
    ),
    Rule(
        ALERTS["backup"],
        BACKUP,
        ("age",),
        (_HOME,),
        Reduce.OLDEST,
        30 * _DAY,
        _WARNING,
        Words("A backup was made", "The last good backup is {value} old"),
        per=3600,
        lasts=timedelta(minutes=5),
        margin=_AGES,
    ),
    Rule(
        ALERTS["clock"],
        NODE,
        ("clock_offset",),
        (_NODE,),
        Reduce.LAST,
        _CURRENT,
        _WARNING,
        Words("{who}: the clock is right again", "{who}: the clock is off by {value}"),
        lasts=timedelta(minutes=5),
        margin=Margin(part=0.2),
    ),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.alert.name: rule for rule in _RULES})
"""How every rule of ``influx.alert_rules`` is asked, by its name."""
