"""``GET /locations``: one value for each location, out of those of its sensors."""

from datetime import timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.access.rights import Right, needs
from api.climate import locations
from api.climate.locations import LocationNow
from api.context import Ctx
from influx import location_value
from influx.rfc3339 import iso
from influx.schema import ENVIRONMENT

router = APIRouter(tags=["readings"], dependencies=[needs(Right.VIEW)])


class SensorValue(BaseModel):
    """What one sensor said last."""

    sensor: str
    value: float
    age: float = Field(description="Seconds.")
    stale: bool = Field(description="Too old to be called current; it does not count then.")


class LocationValue(BaseModel):
    """One field of one location."""

    location: str
    field: str
    unit: str
    value: float = Field(description="The median of the sensors that live; the newest value where none does.")
    age: float = Field(description="Seconds; of the oldest value that counts.")
    stale: bool = Field(description="No sensor lives: this is what was true last.")
    spread: float = Field(description="Between the lowest and the highest sensor that lives.")
    disagrees: bool = Field(description="The spread is more than the configuration allows.")
    sensors: list[SensorValue]


class Locations(BaseModel):
    """Every location, and the sensors that were never heard of."""

    now: str
    values: list[LocationValue]
    unheard: list[str] = Field(description="Sensors of the configuration that have not said anything yet.")


@router.get("/locations")
def locations_now(context: Ctx) -> Locations:
    """One value a location and field: the median of its living sensors, and whether they disagree."""
    found = locations.locations_now(context)
    return Locations(
        now=iso(context.now()),
        values=[_value(one, name, shown) for one in found for name, shown in one.fields.items()],
        unheard=[sensor for one in found for sensor in one.unheard],
    )


def _value(one: LocationNow, name: str, shown: location_value.LocationValue) -> LocationValue:
    return LocationValue(
        location=one.location.name,
        field=name,
        unit=ENVIRONMENT.field(name).unit,
        value=shown.value,
        age=_seconds(shown.age),
        stale=shown.stale,
        spread=shown.spread,
        disagrees=shown.disagrees,
        sensors=[_sensor(one) for one in (*shown.living, *shown.silent)],
    )


def _sensor(said: location_value.Newest) -> SensorValue:
    return SensorValue(sensor=said.sensor, value=said.value, age=_seconds(said.age), stale=said.stale)


def _seconds(age: timedelta) -> float:
    return round(age.total_seconds(), 3)
