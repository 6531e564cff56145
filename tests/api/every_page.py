"""Every page there is, from the routes of the app, so that a new one is looked at too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.routing import iter_route_contexts

import api.pages
from api.pages.render import PageRoute

LEADS_ON = {"/graph": "/pages/gas"}
"""Addresses that pages once had, and where they lead."""
_NAMES = {"/": "overview", "/pages/events/{event_id}": "event", "/pages/pets/{name}": "pet"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: what its pictures are called, and its address, with what stands for a parameter in braces."""

    name: str
    path: str

    def address(self, known: dict[str, str]) -> str:
        """The address to open; ``known`` gives each parameter its value."""
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], self.path)


def _routes() -> Iterator[Shown]:
    for route in iter_route_contexts(api.pages.router.routes):
        path = route.path or ""
        is_page = isinstance(route.route, PageRoute) and "GET" in (route.methods or ())
        if is_page and not path.startswith("/pages/parts/") and path not in LEADS_ON:
            yield Shown(_NAMES.get(path, path.rpartition("/")[2]), path)


PAGES = tuple(_routes())
"""Whatever has a page; parts of pages that refresh themselves are none."""
SETTLED = """() => {
    const painted = (image) => {
        const pen = new OffscreenCanvas(1, 1).getContext("2d");
        pen.drawImage(image, 0, 0, 1, 1);
        return pen.getImageData(0, 0, 1, 1).data[3] > 0;
    };
    return [...document.querySelectorAll(".chart[data-field]")].every((chart) => chart.dataset.drawn)
    && [...document.images].every((image) =>
        image.loading === "lazy" || !image.checkVisibility() || !image.src || image.naturalWidth)
    && [...document.querySelectorAll("video")].every((video) => video.readyState >= 2)
    && [...document.querySelectorAll(".tile[data-camera]")].every((tile) =>
        tile.querySelector(".state.away") || tile.tile?.visible === false
        || painted(tile.querySelector(".feed")));
}"""
"""Whether a page shows all that it is going to show by itself, for ``wait_for_function``."""
