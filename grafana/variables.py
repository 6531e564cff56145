"""Variables of dashboards: which location, pet, camera, gas, person and clip is looked at, and °C or °F."""

from grafana.home import Home
from grafana.house import DATASOURCE
from grafana.panels import Json
from influx.buckets import bucket_name
from influx.influxdb.flux import literal
from influx.schema import CAMERA, ENVIRONMENT, GAS, JOURNAL, NO_PET, PET_EVENT, ROLLUPS
from influx.words import Measurement

CELSIUS = '"${unit:raw}" != "F"'
FAHRENHEIT = '"${unit:raw}" == "F"'
"""Flux that is true where the dashboard shows degrees Fahrenheit."""
TO_FAHRENHEIT = "r._value * 1.8 + 32.0"

UNIT: Json = {
    "type": "custom",
    "name": "unit",
    "label": "Unit",
    "query": "°C : C, °F : F",
    "options": [
        {"text": "°C", "value": "C", "selected": True},
        {"text": "°F", "value": "F", "selected": False},
    ],
    "current": {"text": "°C", "value": "C", "selected": True},
    "multi": False,
    "includeAll": False,
    "hide": 0,
}


def location(home: Home) -> Json:
    """Locations where something was measured or seen."""
    long_ago = ROLLUPS[ENVIRONMENT.name][1]
    return _many("location", "Location", _values(home, "location", ENVIRONMENT, long_ago, PET_EVENT))


def pet(home: Home) -> Json:
    """Pets that were seen, the unknown one and persons among them."""
    return _many("pet", "Pet", _values(home, "pet", PET_EVENT, ROLLUPS[PET_EVENT.name][1], without=NO_PET))


def camera(home: Home) -> Json:
    """Cameras that spoke or saw something."""
    return _many("camera", "Camera", _values(home, "camera", CAMERA, PET_EVENT))


def gas(home: Home) -> Json:
    """Gases that were measured."""
    return _many("gas", "Gas", _values(home, "gas", GAS, ROLLUPS[GAS.name][1]))


def person(home: Home) -> Json:
    """Persons whom the journal is about."""
    return _many("person", "Person", _values(home, "person", JOURNAL))


def node(home: Home) -> Json:
    """Machines that spoke."""
    return _many("node", "Machine", _values(home, "node", CAMERA, ENVIRONMENT, GAS))


def view(home: Home) -> Json:
    """The one camera whose picture is shown."""
    return one("view", "Live picture of", _values(home, "camera", CAMERA, PET_EVENT))


def one(name: str, label: str, query: str, sort: int = 1) -> Json:
    """A variable with one value, the first that ``query`` gives in ``_value`` until another is chosen."""
    return _asked(name, label, query) | {"multi": False, "includeAll": False, "sort": sort, "current": {}}


def _many(name: str, label: str, query: str) -> Json:
    """A variable with any number of values; all stands for any value, also one that is not in the list."""
    return _asked(name, label, query) | {
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "sort": 1,
        "current": {"text": ["All"], "value": ["$__all"], "selected": True},
    }


def _asked(name: str, label: str, query: str) -> Json:
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "regex": "",
        "options": [],
        "hide": 0,
    }


def _values(home: Home, tag: str, *specs: Measurement, without: str = "") -> str:
    """The query for every value of ``tag`` in ``specs``, from the index."""
    tables = ",\n".join(
        f"    schema.tagValues(bucket: {literal(bucket_name(spec.bucket, home.prefix))}, "
        f"tag: {literal(spec.tag(tag).name)}, "
        f"predicate: (r) => r._measurement == {literal(spec.name)}, start: 0)"
        for spec in specs
    )
    found = f"union(tables: [\n{tables},\n])" if len(specs) > 1 else tables.strip()
    lines = ['import "influxdata/influxdb/schema"', "", found, "    |> group()", "    |> distinct()"]
    if without:
        lines.append(f"    |> filter(fn: (r) => r._value != {literal(without)})")
    return "\n".join([*lines, '    |> sort(columns: ["_value"])']) + "\n"
