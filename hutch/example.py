"""Writes hutch.example.toml, every option with its meaning and default, from the configuration's models.

``python -m hutch.example`` writes it, ``--check`` says whether the committed one is as it should be.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from api.config import DeviceSection
from collector.config import SensorSection
from collector.mqtt.config import TopicSection
from collector.sensors import KINDS
from hutch.alerting.config import ContactSection
from hutch.config import Config
from influx.config import Location
from vision.config import CameraSection

PATH = Path(__file__).parent.parent / "hutch.example.toml"

_HEAD = """\
# Every option of Hutch with its meaning; the values are the defaults.
# Lines that start with "# " and a key are options without a default, or examples.
# Lengths of time are seconds as a number, or ISO 8601 such as "PT5M" (5 minutes) or "P14D" (14 days).
# This file is generated: `make generate` writes it.
"""

_EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    Location: {"name": "hutch", "label": "The hutch", "temperature_low": 15.6, "temperature_high": 23.9},
    SensorSection: {"kind": "host", "name": "host", "location": "hutch", "interval": "PT30S"},
    TopicSection: {
        "topic": "zigbee2mqtt/+",
        "sensor": "{1}",
        "location": "hutch",
        "fields": {"temperature": "$.temperature", "humidity": "$.humidity"},
        "time": "$.last_seen",
    },
    CameraSection: {
        "kind": "url",
        "name": "door",
        "location": "hutch",
        "url": "rtsp://camera.example/stream",
        "zones": [
            {
                "name": "bowl",
                "kind": "food",
                "polygon": [[0.7, 0.6], [0.9, 0.6], [0.9, 0.8], [0.7, 0.8]],
            }
        ],
        "masks": [[[0.1, 0.05], [0.36, 0.05], [0.36, 0.42], [0.1, 0.42]]],
    },
    ContactSection: {"name": "me", "kind": "email", "to": "you@example.org"},
    DeviceSection: {"name": "thermometer", "node": "nursery", "source": "192.168.1.17"},
}


def render() -> str:
    """The text of hutch.example.toml."""
    return _HEAD + "".join(_section("", Config))


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    tables: list[tuple[str, FieldInfo]] = []
    if path:
        yield f"\n# {model.__doc__.strip().splitlines()[0] if model.__doc__ else ''}\n[{path}]\n"
    for name, field in model.model_fields.items():
        if _model_of(field) is not None:
            tables.append((name, field))
        else:
            yield from _option(name, field)
    for name, field in tables:
        inner = _model_of(field)
        assert inner is not None
        below = f"{path}.{name}" if path else name
        yield from _example(below, inner) if inner in _EXAMPLES else _section(below, inner)


def _option(name: str, field: FieldInfo) -> Iterator[str]:
    yield f"# {field.description}\n"
    # A default made when it is asked for differs from machine to machine.
    default = None if field.default_factory is not None else _json(field)
    yield f"# {name} =\n" if default is None else f"{name} = {_toml(default)}\n"


def _example(path: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"\n# {model.__doc__.strip().splitlines()[0] if model.__doc__ else ''}\n# [[{path}]]\n"
    shown = _EXAMPLES[model]
    for name, field in model.model_fields.items():
        default = _json(field) if not field.is_required() else None
        value = shown.get(name, default)
        yield (
            f"# {name} = {_toml(value) if value is not None else ''}".rstrip() + f"  # {field.description}\n"
        )
    for name in shown.keys() - model.model_fields.keys():
        yield f"# {name} = {_toml(shown[name])}\n"
    if model is SensorSection:
        for kind in sorted(KINDS.keys() - {shown["kind"]}):
            yield from _kind(path, kind)


def _kind(path: str, kind: str) -> Iterator[str]:
    """An example of a kind of sensor, with the keys of its own."""
    options = KINDS[kind].options
    yield f"\n# {options.__doc__.strip().splitlines()[0] if options.__doc__ else ''}\n# [[{path}]]\n"
    yield f'# kind = "{kind}"\n# name = "{kind.replace("_", "-")}"\n# location = "hutch"\n'
    for name, field in options.model_fields.items():
        value = field.examples[0] if field.examples else None
        if value is None and not field.is_required():
            value = _json(field)
        yield (
            f"# {name} = {_toml(value) if value is not None else ''}".rstrip() + f"  # {field.description}\n"
        )


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


class _Holder(BaseModel):
    value: Any


def _json(field: FieldInfo) -> Any:
    return json.loads(_Holder(value=field.get_default()).model_dump_json())["value"]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {_toml(each)}" for name, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` compare it; returns the exit code."""
    if arguments == ["--check"]:
        if PATH.read_text(encoding="utf-8") == render():
            return 0
        sys.stderr.write(f"{PATH.name} is not as the configuration's models say; run `make generate`\n")
        return 1
    PATH.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
