"""What Grafana says, in the words of ``influx.rules``: of one alarm when it looks, and of several in a mail.

Annotations are templates of an alarm's labels and values; subject and message are templates of the alarms
that are told together. Grafana puts its environment into ``${…}`` of the one and any ``$…`` of the other: so
what people named is written with escapes, and the sign is in neither but for ``$labels`` and ``$values``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from grafana.alerting import values
from grafana.home import Home, Notices
from influx.alert_rules import SubjectKind
from influx.rule import Reduce, Rule
from influx.rule_words import ADVICE
from influx.schema import UNKNOWN_PET

_SUBJECT, _PLACE = "$labels.subject", "$labels.location"
_BOARDS: Mapping[SubjectKind, str] = MappingProxyType(
    {
        SubjectKind.LOCATION: "climate",
        SubjectKind.PET: "pets",
        SubjectKind.GAS: "gas",
        SubjectKind.PERSON: "nursery",
        SubjectKind.HOME: "home",
    }
)
"""Where one sees more of a subject; of a device on the one of devices."""
_OF_ONE = frozenset({SubjectKind.LOCATION, SubjectKind.PET, SubjectKind.GAS, SubjectKind.PERSON})
"""Whose dashboard can be looked at for one subject alone."""
_SEEN = frozenset({SubjectKind.PET, SubjectKind.CAMERA})
"""By what the page of events is filtered."""
_BEFORE, _AFTER = -3 * 3600 * 10**9, 10 * 60 * 10**9
"""What the window of a link shows beside the alarm, in ns."""

SUBJECT = (
    "{{ if .Alerts.Firing }}{{ (index .Alerts.Firing 0).Annotations.summary }}"
    "{{ else }}{{ (index .Alerts 0).Annotations.over }}{{ end }}"
    "{{ if gt (len .Alerts) 1 }} (and {{ len (slice .Alerts 1) }} more){{ end }}"
)
"""What is still wrong leads, whatever else is over."""


def annotations(rule: Rule, kind: SubjectKind, home: Home) -> dict[str, str]:
    """What is said of one alarm: ``summary`` while it lasts and ``over`` when it is, ``limit`` where there is
    one to speak of, ``advice`` where there is any; ``dashboard`` and ``clips`` are links.
    """
    words = rule.words
    told = {
        "summary": _named(
            rule, kind, _either(*(_filled(text, rule, kind, home) for text in (words.low, words.high)))
        ),
        "over": _named(rule, kind, _filled(words.over, rule, kind, home)),
        "limit": _limit(rule),
        "advice": ADVICE.get(rule.alert.name, ""),
        "dashboard": _dashboard(kind, home.notices),
        "clips": _clips(kind, home.notices),
    }
    return {name: text for name, text in told.items() if text}


def message(home: Home) -> str:
    """The text of a mail: a paragraph for each alarm, as Hutch's own letters have it."""
    start, stop = (_moment(name, home) for name in (".StartsAt", ".EndsAt"))
    before = f"{{{{ (.StartsAt.Add {_BEFORE}).UnixMilli }}}}"
    after = f"{{{{ (.EndsAt.Add {_AFTER}).UnixMilli }}}}"
    clips = "{{ with .Annotations.clips }}Newest clips: {{ . }}\n{{ end }}"
    limit = "{{ with .Annotations.limit }}{{ . }}\n{{ end }}"
    return (
        "{{ range .Alerts.Firing }}{{ .Annotations.summary }}\n"
        "{{ with .Annotations.advice }}{{ . }}\n{{ end }}"
        f"Since {start}.\n{limit}"
        f"See: {{{{ .Annotations.dashboard }}}}&from={before}&to=now\n{clips}\n{{{{ end }}}}"
        "{{ range .Alerts.Resolved }}{{ .Annotations.over }}\n"
        f"It lasted from {start} to {stop}.\n{limit}"
        f"See: {{{{ .Annotations.dashboard }}}}&from={before}&to={after}\n{clips}\n{{{{ end }}}}"
        f"Grafana tells you this for Hutch. What it warns of is chosen at {home.notices.hutch}/pages/alerts\n"
    )


def _moment(name: str, home: Home) -> str:
    return f'{{{{ {name} | tz "{home.zone.key}" | date "15:04 on Mon 2 Jan" }}}}'


def _named(rule: Rule, kind: SubjectKind, text: str) -> str:
    """``text``, or the rule's title where Grafana knows no subject, as while a query has no answer."""
    if kind is SubjectKind.HOME:
        return text
    return f"{{{{ if {_SUBJECT} }}}}{text}{{{{ else }}}}{rule.alert.title}{{{{ end }}}}"


def _either(low: str, high: str) -> str:
    if not low or not high:
        return low or high
    return f"{{{{ if {values.is_low()} }}}}{low}{{{{ else }}}}{high}{{{{ end }}}}"


def _filled(text: str, rule: Rule, kind: SubjectKind, home: Home) -> str:
    how = {
        "gas": f"{{{{ if {_PLACE} }}}} of {_location(_PLACE, home)}{{{{ end }}}}",
        "silence": f"for {values.told(rule, values.VALUE)}",
    }.get(rule.alert.name, "much more or less")
    value = "a while" if rule.reduce is Reduce.ANSWER else values.told(rule, values.VALUE)
    return text.format(who=_who(kind, home), value=value, how=how)


def _limit(rule: Rule) -> str:
    """As ``influx.rule_words.limit`` has it."""
    if not rule.alert.sides or rule.reduce is Reduce.ANSWER:
        return ""
    begins = values.told(rule, values.LIMIT)
    if rule.alert.unit == "σ":
        return f"Limit: {begins} from what is usual."
    return f"Warns after {begins}." if rule.alert.unit in ("min", "h") else f"Limit: {begins}."


def _who(kind: SubjectKind, home: Home) -> str:
    """As ``influx.rule_words.name`` has it, of a subject that only Grafana knows."""
    match kind:
        case SubjectKind.HOME:
            return "The home"
        case SubjectKind.LOCATION:
            return _location(_SUBJECT, home)
        case SubjectKind.PET:
            each_word = f'{{{{ reReplaceAll "[-_]" " " {_SUBJECT} | title }}}}'
            unknown = f"{{{{ if eq {_SUBJECT} {_quoted(UNKNOWN_PET)} }}}}A pet that was not recognised"
            return f"{unknown}{{{{ else }}}}{each_word}{{{{ end }}}}"
        case SubjectKind.PERSON:
            return f'{{{{ reReplaceAll "[-_]" " " {_SUBJECT} | title }}}}'
        case SubjectKind.CAMERA:
            return f"Camera {_label(_SUBJECT)}"
        case SubjectKind.SENSOR | SubjectKind.NODE:
            return f"{'Sensor' if kind is SubjectKind.SENSOR else 'Machine'} {{{{ {_SUBJECT} }}}}"
    return f"{{{{ {_SUBJECT} }}}}"


def _location(name: str, home: Home) -> str:
    """What people call the location of that name."""
    called = [
        f"if eq {name} {_quoted(each.name)} }}}}{{{{ {_quoted(each.label)} }}}}"
        for each in home.locations
        if each.label
    ]
    if not called:
        return _label(name)
    return f"{{{{ {'{{ else '.join(called)}{{{{ else }}}}{_label(name)}{{{{ end }}}}"


def _label(name: str) -> str:
    """``influx.plain_words.label`` of a name that only Grafana knows."""
    words = f'(reReplaceAll "[-_]" " " {name})'
    return f'{{{{ printf "%.1s" {words} | toUpper }}}}{{{{ reReplaceAll "^." "" {words} }}}}'


def _dashboard(kind: SubjectKind, notices: Notices) -> str:
    """The link to where more is seen, to which a window is added."""
    one = f"&var-{kind}={_in_link()}" if kind in _OF_ONE else ""
    return f"{notices.grafana}/d/hutch-{_BOARDS.get(kind, 'devices')}?orgId=1{one}"


def _clips(kind: SubjectKind, notices: Notices) -> str:
    """The page of the newest events, of the subject alone where that can be chosen."""
    if kind in _SEEN:
        return f"{notices.hutch}/pages/events?{kind}={_in_link()}"
    return f"{notices.hutch}/pages/events" if kind is SubjectKind.LOCATION else ""


def _in_link() -> str:
    return f"{{{{ if {_SUBJECT} }}}}{{{{ urlquery {_SUBJECT} }}}}{{{{ end }}}}"


def _quoted(text: str) -> str:
    """``text`` as a template's string in which nothing means anything but itself."""
    return (
        '"'
        + "".join(each if each.isalnum() or each in " -_" else f"\\U{ord(each):08x}" for each in text)
        + '"'
    )
