"""How an alarm remembers, in Flux: from one moment to the next it stays what it was while on the edge."""

from grafana.alerting import series
from grafana.alerting.thresholds import OWN
from grafana.alerting.what import APART
from grafana.effective import NONE
from influx.alert_rules import SubjectKind
from influx.influxdb.flux import literal, strings
from influx.measured import ENOUGH
from influx.rule import Margin, Reduce, Rule, Together


def judging(rule: Rule, kind: SubjectKind) -> list[str]:
    """The Flux of ``limited``, which puts to rows where alarms begin and leaves out whom nobody is to be told
    of, and of ``judged``: ``influx.findings.judged`` of each moment, one after the other.

    That answers a row an alarm: ``fired`` 1 beyond, -1 inside, 0 where it stays what it was; ``value``,
    ``limit``; and whether anything is ``known`` at the last moment.
    """
    margin = Margin(float(rule.margin.by), float(rule.margin.part))
    is_median = rule.together is Together.MEDIAN
    apart = [*series.labels(kind), *(["part"] if rule.reduce in OWN else [])]
    return [
        f"deep = (limit) => {margin.by!r} + {margin.part!r} * math.abs(x: limit)",
        f"hasSensors = {literal('sensor' in rule.measurement.tag_names)}",
        f"ofLiving = (a) => {_picked(rule)}",
        f"ofAll = (a) => {_picked(rule, n='m', of='All')}",
        f"known = (tables=<-) => tables |> keep(columns: {strings([*series.labels(kind), *_COLUMNS])})",
        _MOMENTS + (_OF_ITS_OWN if rule.reduce in OWN else ""),
        "judged = (tables=<-) => " + (_TWICE if is_median else _ONCE),
        f"    |> group(columns: {strings(apart)})",
        '    |> sort(columns: ["_time", "turn", "_value"])',
        _gathered(is_median=is_median),
    ]


def answer(rule: Rule, kind: SubjectKind, *, remembers: bool) -> list[str]:
    """The Flux of the answer: of what ``is``, and of what ``was`` before where it ``remembers``, three rows a
    subject as ``grafana.alerting.what`` has them.

    Nothing is told of a subject of which nothing is known now, but that it is still beyond.
    """
    apart = [*series.labels(kind)]
    return [
        f"told = {'union(tables: [found, was]) |> judged()' if remembers else 'is'}",
        "    |> filter(fn: (r) => r.known or r.fired > 0)",
        *(_WORST if rule.reduce in OWN else ()),
        "union(tables: [",
        *(
            f"    told |> map(fn: (r) => ({{r with _time: {moment}, _value: {number}}})),"
            for moment, number in _THREE
        ),
        "])",
        f"    |> keep(columns: {strings([*apart, '_time', '_value'])})",
        f"    |> group(columns: {strings(apart)})",
        '    |> sort(columns: ["_time"])',
    ]


_THREE = (
    ("date.sub(d: 2s, from: at)", f"r.limit - {APART!r}"),
    ("date.sub(d: 1s, from: at)", f"r.value + {APART!r}"),
    ("at", "if r.fired > 0 then 1.0 else 0.0"),
)


def _picked(rule: Rule, n: str = "n", of: str = "") -> str:
    """The value of a subject at a moment ``a``, of which there are ``n``."""
    least, most = f"a.least{of}", f"a.most{of}"
    if rule.reduce is Reduce.SPREAD:
        return _rounded(f"({most} - {least})")
    if rule.together is Together.LARGEST:
        return most
    worse = f"if a.low - {least} >= {most} - a.high then {least} else {most}"
    return f"if a.{n} >= {ENOUGH} then {_rounded(f'a.middle{of}')} else {worse}"


def _rounded(number: str) -> str:
    """``number`` as values of locations are rounded: 0.1 + 0.2 is a hair more than 0.3."""
    return f"math.round(x: {number} * 1000000.0) / 1000000.0"


_COLUMNS = ("part", "_time", "_value", "gone", "own", "low", "high", "off")
_OF_ITS_OWN = "\n    |> map(fn: (r) => ({r with high: if r.high == 0.0 then r.own else r.high}))"
_WORST = (
    # What fires goes before all that does not.
    "    |> map(fn: (r) => ({r with share: r.value / r.limit + (if r.fired > 0 then 1000000.0 else 0.0)}))",
    '    |> group(columns: ["subject"])',
    '    |> sort(columns: ["share"])',
    '    |> last(column: "share")',
)

_MOMENTS = f"""verdict = (a, value) => {{
    isHigh = value - a.low > a.high - value
    limit = if isHigh then a.high else a.low
    inwards = if isHigh then limit - value else value - limit
    margin = deep(limit: limit)
    most = (a.high - a.low) / 4.0
    inside = if margin < most then margin else most

    return {{
        value: value,
        limit: limit,
        is: if inwards < 0.0 then 1 else if inwards >= inside then -1 else 0,
    }}
}}
// What silent sensors said last begins nothing, but keeps others from saying that it is over.
ended = (a) => {{
    living = verdict(a: a, value: ofLiving(a: a))
    all = verdict(a: a, value: ofAll(a: a))
    isHeld = a.n == 0 or hasSensors and living.is < 0 and all.is > 0
    told = if isHeld then all else living

    return {{
        fired: if isHeld or living.is == 0 then a.fired else living.is,
        value: told.value,
        limit: told.limit,
    }}
}}
// Unlike a join it may come to nothing.
limited = (tables=<-) => union(tables: [limits |> known(), tables |> known()])
    |> group(columns: ["subject"])
    |> sort(columns: ["_time"])
    |> fill(column: "low", usePrevious: true)
    |> fill(column: "high", usePrevious: true)
    |> fill(column: "off", usePrevious: true)
    |> filter(fn: (r) => exists r._value)
    |> map(fn: (r) => ({{r with
        low: if exists r.low then r.low else usual.low,
        high: if exists r.high then r.high else usual.high,
        off: if exists r.off then r.off else false,
    }}))
    |> filter(fn: (r) => not r.off and (r.low > {literal(-NONE)} or r.high < {literal(NONE)}))"""

_ONCE = "tables\n    |> map(fn: (r) => ({r with turn: 0}))"
_TWICE = """union(
    // In the first turn the values of a moment are counted, in the second the one in their middle is taken.
    tables: [tables |> map(fn: (r) => ({r with turn: 0})), tables |> map(fn: (r) => ({r with turn: 1}))],
)"""


def _gathered(*, is_median: bool) -> str:
    """The step that gathers the rows of each moment, and ends the moment when the next begins."""
    median, ranks, middles = (_MEDIAN, _RANKS, _MIDDLES) if is_median else ("", "", "")
    return f"""    |> reduce(
        identity: {{
            moment: time(v: 0), low: 0.0, high: 0.0, fired: 0,
            n: 0, least: 0.0, most: 0.0, m: 0, leastAll: 0.0, mostAll: 0.0,{median}
        }},
        fn: (r, accumulator) => {{
            isNew = r._time > accumulator.moment
            n = if isNew then 0 else accumulator.n
            m = if isNew then 0 else accumulator.m
            first = r.turn == 0
            lives = r.gone == 0{ranks}

            return {{
                moment: r._time,
                low: r.low,
                high: r.high,
                fired: if isNew and accumulator.m > 0 then ended(a: accumulator).fired else accumulator.fired,
                // Values come in their order, the least first.
                n: if first and lives then n + 1 else n,
                least: if first and lives and n == 0 then r._value else accumulator.least,
                most: if first and lives then r._value else accumulator.most,
                m: if first then m + 1 else m,
                leastAll: if first and m == 0 then r._value else accumulator.leastAll,
                mostAll: if first then r._value else accumulator.mostAll,{middles}
            }}
        }},
    )
    |> map(fn: (r) => ({{r with
        known: r.n > 0, fired: ended(a: r).fired, value: ended(a: r).value, limit: ended(a: r).limit,
    }}))"""


_MEDIAN = "\n            middle: 0.0, i: 0, middleAll: 0.0, j: 0,"
_RANKS = """
            i = if isNew or first then 0 else accumulator.i
            j = if isNew or first then 0 else accumulator.j"""
_MIDDLES = """
                middle: if first or not lives then accumulator.middle
                    else if i == (n - 1) / 2 then r._value
                    else if i == n / 2 then (accumulator.middle + r._value) / 2.0
                    else accumulator.middle,
                i: if first or not lives then i else i + 1,
                middleAll: if first then accumulator.middleAll
                    else if j == (m - 1) / 2 then r._value
                    else if j == m / 2 then (accumulator.middleAll + r._value) / 2.0
                    else accumulator.middleAll,
                j: if first then j else j + 1,"""
