"""Numbers of an alarm in a text: what Grafana works out of them, as its templates cannot, and how they read.

The value is ``$values.V`` there and the limit ``$values.L``, both in the rule's unit. Of one that is missing,
as while InfluxDB does not answer, nothing is told.
"""

from collections.abc import Mapping
from types import MappingProxyType

from influx.plain_words import MINUS
from influx.rule import Reduce, Rule

VALUE, LIMIT = "V", "L"
_FURTHER: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "°C": {"VF": "$V * 1.8 + 32", "LF": "$L * 1.8 + 32"},
        "°C/h": {"VF": "$V * 1.8", "LF": "$L * 1.8"},
        "min": {"VS": "$V * 60", "LS": "$L * 60"},
        "h": {"VS": "$V * 3600", "LS": "$L * 3600"},
    }
)
"""°F, and seconds."""
_TIDY = ((" [0-9]+s", ""), (" 0m", ""), (" 0h", ""), ("s", " s"), ("m", " min"), ("h", " h"), ("d", " d"))
"""What Grafana writes as ``1h 30m 12s`` people read as ``1 h 30 min``."""


def further(rule: Rule) -> Mapping[str, str]:
    """What is to be worked out of value and limit, as Grafana's math, by the names that ``told`` has."""
    return _FURTHER.get(rule.alert.unit, {})


def told(rule: Rule, of: str) -> str:
    """The template of ``VALUE`` or ``LIMIT`` as people read it: ``27.4 °C (81.3 °F)``."""
    match rule.alert.unit:
        case _ if rule.reduce is Reduce.SPREAD:
            return "too far"  # of which quantity is not known
        case "°C":
            text = f"{_degrees(of)} °C ({_degrees(f'{of}F')} °F)"
        case "°C/h":
            text = f"{_degrees(of)} °C ({_degrees(f'{of}F')} °F) within an hour"
        case "min" | "h":
            return _when(f"{of}S", _length(f"{of}S"))
        case "1/h":
            text = f"{_printed('%.0f', of)} times within an hour"
        case "%":
            text = f"{_printed('%.0f', of)} %"
        case "":
            text = _printed("%.3g", of)
        case unit:
            text = f"{_printed('%.3g', of)} {unit}"
    return _when(of, text)


def is_low() -> str:
    """The condition that the value is below its limit."""
    return f"lt {_number(VALUE)} {_number(LIMIT)}"


def _when(name: str, text: str) -> str:
    return f"{{{{ if $values.{name} }}}}{text}{{{{ else }}}}?{{{{ end }}}}"


def _number(name: str) -> str:
    return f"$values.{name}.Value"


def _printed(form: str, name: str) -> str:
    return f'{{{{ printf "{form}" {_number(name)} }}}}'


def _degrees(name: str) -> str:
    return f'{{{{ reReplaceAll "^-" "{MINUS}" (printf "%.1f" {_number(name)}) }}}}'


def _length(name: str) -> str:
    text = f"(humanizeDuration {_number(name)})"
    for old, new in _TIDY:
        text = f'(reReplaceAll "{old}" "{new}" {text})'
    return f"{{{{ {text[1:-1]} }}}}"
