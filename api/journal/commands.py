"""The nursery's commands: ``{"command", "data"}`` in, an answer in words and numbers out."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from api.access.caller import Caller
from api.access.rights import Right
from api.context import Context
from api.ingest import intake
from api.journal import entries, formula
from api.journal.entries import Number
from api.problems import Problem, invalid_model
from influx import points
from influx.degrees import celsius
from influx.schema import ENVIRONMENT

NODE = SENSOR = LOCATION = "nursery"
"""Tags of what the nursery's own thermometer sends; its messages do not name it."""


class Command(BaseModel):
    """What the entry point takes."""

    command: Annotated[str, Field(max_length=60)]
    data: dict[str, Any] = Field(default_factory=dict)


class Feeding(BaseModel):
    """A bottle: kcal per US fluid ounce, and mL."""

    calories: Number
    volume: Number


class Climate(BaseModel):
    """What the thermometer sends: °F, and relative humidity in %."""

    temperature: Annotated[Number, Field(ge=-130, le=302)]
    humidity: Annotated[Number, Field(ge=0, le=100)]


def run(context: Context, who: Caller, command: Command) -> dict[str, Any]:
    """Do what ``command`` says for ``who``; an unknown one is answered with an ``error``.

    Raises ``Problem`` 422 where the data is not what the command takes, 403 where ``who`` may not do it.
    """
    if command.command not in _ACTIONS:
        return {"error": f"The command {command.command!r} is not enabled; there are {', '.join(_ACTIONS)}."}
    right, action = _ACTIONS[command.command]
    if not who.may(right):
        raise Problem(403, f"{who.name} may not do {command.command}.")
    try:
        return action(context, who, command.data)
    except ValidationError as error:
        raise Problem(422, invalid_model(error)) from None
    except formula.FormulaError as error:
        raise Problem(422, str(error)) from None


def mixed(recipe: formula.Recipe) -> dict[str, Any]:
    """A recipe as the API gives it, rounded to what a person can measure or wants to check."""
    whole, exact, off = recipe.whole, recipe.exact, formula.off_by(recipe)
    difference = formula.difference(recipe)
    scoops = "1 scoop" if whole.scoops == 1 else f"{whole.scoops:g} scoops"
    return {
        "message": (
            f"mix {scoops} with {whole.water:g} mL of water "
            f"to make {whole.volume:g} mL at {whole.strength:.1f} kcal/fl oz"
            + (f", {difference}" if difference else "")
        ),
        "scoops": int(whole.scoops),
        "water": whole.water,
        "volume": whole.volume,
        "calories": round(whole.strength, 2),
        "exact": {"scoops": round(exact.scoops, 3), "water": round(exact.water, 1)},
        "off_by": {"volume": round(off.volume, 1), "calories": round(off.strength, 2)},
    }


def _calculate(_context: Context, _who: Caller, data: dict[str, Any]) -> dict[str, Any]:
    asked = Feeding.model_validate(data)
    return mixed(formula.recipe(asked.calories, asked.volume))


def _write_down(context: Context, _who: Caller, data: dict[str, Any]) -> dict[str, Any]:
    point = entries.to_point(entries.Entry.model_validate(data), context.now())
    intake.accept(context, [point])
    return {"message": entries.in_words(point), "entry": entries.as_json(point)}


def _take_climate(context: Context, who: Caller, data: dict[str, Any]) -> dict[str, Any]:
    climate = Climate.model_validate(data)
    point = points.make(
        ENVIRONMENT,
        {"node": who.node or NODE, "sensor": SENSOR, "location": LOCATION},
        {"temperature": celsius(climate.temperature), "humidity": climate.humidity},
        context.now(),
    )
    intake.accept(context, [point])
    temperature, humidity = climate.temperature, climate.humidity
    return {"message": f"logged a temperature of {temperature:g} degrees and {humidity:g}% humidity"}


_ACTIONS: Mapping[str, tuple[Right, Callable[[Context, Caller, dict[str, Any]], dict[str, Any]]]] = (
    MappingProxyType(
        {
            "calc": (Right.COMMAND, _calculate),
            "feeding_calc": (Right.COMMAND, _calculate),
            "journal": (Right.CHANGE, _write_down),
            "temperature": (Right.INGEST, _take_climate),
        }
    )
)
"""What each command does, and the right that it needs."""
