"""Make the icons of the installed pages out of ``api/static/favicon.svg``: ``python -m scripts.icons``.

The favicon is the only drawing. ``any`` icons have its round corners; ``maskable`` ones and Apple's fill the
square, because the system cuts its own shape out of them: of maskable ones only the middle 80 % is sure to
be seen (W3C Web Application Manifest, "icon masks").
"""

import xml.etree.ElementTree as ET
from pathlib import Path

from tests.browser import chromium

STATIC = Path(__file__).parent.parent / "api" / "static"
SVG = "http://www.w3.org/2000/svg"
ICONS = (
    ("icon-192.png", 192, False, 1.0),
    ("icon-512.png", 512, False, 1.0),
    ("maskable-192.png", 192, True, 0.8),
    ("maskable-512.png", 512, True, 0.8),
    ("apple-touch-icon.png", 180, True, 0.92),
)
"""Name, side in pixels, whether the ground fills the square, and how large the drawing is on it."""


def drawing(filled: bool, scale: float) -> str:
    """The favicon as SVG text, its ground ``filled`` to the corners and the lines scaled about the middle."""
    ET.register_namespace("", SVG)
    root = ET.fromstring((STATIC / "favicon.svg").read_text(encoding="utf-8"))
    ground, lines = root.find(f"{{{SVG}}}rect"), root.find(f"{{{SVG}}}g")
    if ground is None or lines is None:
        raise SystemExit("favicon.svg is no ground with lines on it any more; mend this script with it")
    if filled:
        ground.attrib.pop("rx", None)
    middle = 12 * (1 - scale)
    lines.set("transform", f"translate({middle:g} {middle:g}) scale({scale:g})")
    root.set("width", "100%")
    root.set("height", "100%")
    return ET.tostring(root, encoding="unicode")


def main() -> None:
    """Write every icon into ``api/static/icons``."""
    folder = STATIC / "icons"
    folder.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, side, filled, scale in ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(
                f"<style>html, body {{ margin: 0; height: 100%; }}</style>{drawing(filled, scale)}"
            )
            page.screenshot(path=folder / name, omit_background=True)
            page.close()
            print(f"{name}: {(folder / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
