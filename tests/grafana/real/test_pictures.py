"""Every dashboard at a desk and on a phone: whole, without an empty panel, and in docs/dashboards.md."""

import os
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from grafana.build import dashboards
from grafana.home import ANY_HOME
from tests.grafana.real.conftest import Stack
from tests.grafana.real.viewing import SIZES, look, viewing, wait_until_drawn

ROOT = Path(__file__).parent.parent.parent.parent
BOARDS = [board.name for board in dashboards(ANY_HOME)]
SHOWN = {"home": "?var-view=scripted", "climate": "?from=now-2d&to=now"}
"""What is asked for besides, where the picture says more so."""
BROKEN = "[data-testid*='Panel status error'], [aria-label*='Panel status error'], .panel-info-corner--error"
EMPTY = re.compile(r"^(No data|Data is missing.*|undefined)$")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: `make screenshots` says docs/images, and every other run keeps none."""
    told = os.environ.get("HUTCH_SCREENSHOTS")
    folder = Path(told) / "grafana" if told else tmp_path_factory.mktemp("pictures")
    folder.mkdir(exist_ok=True)
    return folder


def photograph(page: Page, to: Path) -> None:
    """Keep the dashboard as WebP; what still moves (a cursor, a picture that comes) may finish first."""
    last = b""
    for _ in range(20):
        shot = page.screenshot()
        if shot == last:
            break
        last = shot
    picture = cv2.imdecode(np.frombuffer(last, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    done, packed = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 80])
    assert done
    to.write_bytes(packed.tobytes())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("board", BOARDS)
def test_a_dashboard_is_whole(browser: Browser, stack: Stack, pictures: Path, board: str, size: str) -> None:
    with viewing(browser, stack, size=size) as visitor:
        page = look(visitor, board, SHOWN.get(board, ""))
        expect(page.locator(BROKEN)).to_have_count(0)
        expect(page.locator(".react-grid-layout").get_by_text(EMPTY)).to_have_count(0)
        wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= here, "it is wider than the screen"
        wait_until_drawn(page)
        photograph(page, pictures / f"{board}-{size}.webp")


def test_docs_show_every_dashboard_in_both_sizes() -> None:
    told = (ROOT / "docs" / "dashboards.md").read_text()
    shown = set(re.findall(r"images/grafana/([\w-]+\.webp)", told))
    assert shown == {f"{board}-{size}.webp" for board in BOARDS for size in SIZES}
    assert shown == {path.name for path in (ROOT / "docs" / "images" / "grafana").iterdir()}
