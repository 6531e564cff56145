"""Formula: a strength and a volume in, scoops and water out, to be read at 3 a.m."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access.rights import Right, needs
from api.journal import formula
from api.journal.formula import FormulaError
from api.pages.render import PageRoute, page
from api.problems import capital

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)]
)

Number = Annotated[str, Query(max_length=20)]


@router.get("/formula")
def calculator(request: Request, calories: Number = "20", volume: Number = "120") -> Response:
    """The calculator with its answer."""
    answer = _answer(calories, volume)
    status = 422 if answer["sentence"] else 200
    return page(request, "formula.html", status=status, calories=calories, volume=volume, **answer)


@router.get("/parts/formula")
def answer_part(request: Request, calories: Number, volume: Number) -> Response:
    """The answer alone."""
    return page(request, "parts/formula.html", **_answer(calories, volume))


def _answer(calories: str, volume: str) -> dict[str, Any]:
    try:
        recipe = formula.recipe(_number("calories", calories), _number("volume", volume))
    except FormulaError as error:
        return {"sentence": capital(str(error)), "recipe": None, "difference": ""}
    return {"sentence": "", "recipe": recipe, "difference": formula.difference(recipe)}


def _number(name: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise FormulaError(f"{name} must be a number, not {text!r}") from None
