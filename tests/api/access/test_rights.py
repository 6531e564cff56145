import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext

from api.access.rights import Right, Rights, rights_of, routes_of
from api.app import create_app
from tests.api.home import Home


@pytest.fixture
def app(home: Home) -> FastAPI:
    return create_app(home.context)


def _name(route: RouteContext) -> str:
    return f"{','.join(sorted(route.methods or ()))} {route.path}"


def test_every_route_declares_exactly_one_right(app: FastAPI) -> None:
    declared = {_name(route): rights_of(app, route) for route in routes_of(app)}
    assert len(declared) > 40
    wrong = {name: rights for name, rights in declared.items() if len(rights) != 1}
    assert not wrong, (
        f"declare one right each, by dependencies=[needs(Right...)] or rights.declare for a mount: {wrong}"
    )


def test_only_these_are_open_to_everybody(app: FastAPI) -> None:
    public = {route.path for route in routes_of(app) if rights_of(app, route) == [Right.PUBLIC]}
    assert public == {
        "/health",
        "/auth/token",
        "/login",
        "/docs-assets",
        "/favicon.ico",
        "/static/{path:path}",
        "/static/vendor/dygraphs/{path:path}",
    }


def test_an_app_with_a_route_that_declares_nothing_cannot_be_served(app: FastAPI) -> None:
    @app.get("/hole")
    def hole() -> None: ...

    with pytest.raises(AssertionError, match="/hole declares 0 rights"):
        Rights(app)


def test_where_there_is_nothing_only_who_may_look_learns_it(app: FastAPI) -> None:
    assert Rights(app).of("/nothing/here", "GET") is Right.VIEW


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/health", Right.PUBLIC),
        ("GET", "/docs-assets/swagger-ui.css", Right.PUBLIC),
        ("GET", "/", Right.VIEW),
        ("POST", "/", Right.COMMAND),
        ("GET", "/journal", Right.VIEW),
        ("POST", "/journal", Right.CHANGE),
        ("DELETE", "/journal/1", Right.CHANGE),
        ("PUT", "/journal/1", Right.CHANGE),
        ("POST", "/api/v2/write", Right.INGEST),
    ],
)
def test_an_address_has_the_right_of_its_route(app: FastAPI, method: str, path: str, right: Right) -> None:
    assert Rights(app).of(path, method) is right
