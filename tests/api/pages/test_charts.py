"""The charts of the overview in a real browser: drawn, read, zoomed, in the reader's unit and light."""

import re

from playwright.sync_api import Locator, expect

from tests.api.looking import COLUMNS
from tests.browser import Visit, Visitor

LINE = {"light": (154, 74, 38), "dark": (237, 167, 127)}
"""The colour of the first line in either light."""


def chart(visitor: Visitor, location: str = "hutch", field: str = "temperature") -> Locator:
    """The drawn chart of a field."""
    figure = visitor.page.locator(f'.chart[data-location="{location}"][data-field="{field}"]')
    expect(figure).to_have_attribute("data-drawn", re.compile("T|nothing"))
    return figure


def columns(figure: Locator, light: str) -> int:
    """How many columns of the chart have a pixel of the line."""
    drawn: str = figure.locator("canvas").first.evaluate(COLUMNS, list(LINE[light]))
    return drawn.count("1")


def test_the_chart_has_a_line_with_a_gap_where_the_sensor_was_silent(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        figure = chart(visitor)
        assert columns(figure, "light") > 100
        drawn = figure.locator("canvas").first.evaluate(COLUMNS, list(LINE["light"]))
        longest = max((len(gap) for gap in re.findall("1(0+)(?=1)", drawn)), default=0)
        width = len(drawn)
        assert 0.09 < longest / width < 0.14, "three of twenty-four hours are a gap, no more and no less"


def test_a_window_asks_for_its_own_series(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        before = chart(visitor).get_attribute("data-drawn") or ""
        with visitor.page.expect_request(re.compile(r"/series\?.*location=hutch.*last=1w")):
            visitor.page.get_by_role("link", name="1 w").click()
        figure = chart(visitor)
        expect(figure).not_to_have_attribute("data-drawn", before)
        start, stop = (figure.get_attribute("data-drawn") or "").split("/")
        assert (start, stop) == ("2026-05-21T14:00:00Z", "2026-05-28T14:00:00Z")
        expect(visitor.page.get_by_role("link", name="1 w")).to_have_attribute("aria-current", "true")
        assert visitor.page.url.endswith("/?last=1w")


def test_a_year_is_told_in_months_and_comes_back_from_its_address(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        visitor.go("/?last=soon")
        visitor.page.get_by_role("link", name="1 y").click()
        expect(visitor.page.locator(".nonsense")).to_have_count(0)
        assert visitor.page.url.endswith("/?last=365d")
        visitor.page.reload()
        figure = chart(visitor)
        expect(figure).to_have_attribute("data-drawn", "2025-05-28T14:00:00Z/2026-05-28T14:00:00Z")
        labels = figure.locator(".dygraph-axis-label-x").all_inner_texts()
        assert labels == ["Jul", "Oct", "Jan 2026", "Apr"]
        expect(visitor.page.get_by_role("link", name="1 y")).to_have_attribute("aria-current", "true")


def test_a_free_window_is_drawn_in_the_homes_time(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        visitor.page.get_by_text("From – to").click()
        visitor.page.get_by_label("From", exact=True).fill("2026-05-27T20:00")
        visitor.page.get_by_label("To", exact=True).fill("2026-05-28T02:00")
        visitor.page.get_by_role("button", name="Show").click()
        figure = chart(visitor)
        expect(figure).to_have_attribute("data-drawn", "2026-05-27T18:00:00Z/2026-05-28T00:00:00Z")
        labels = figure.locator(".dygraph-axis-label-x").all_inner_texts()
        assert "22:00" in labels, "the axis shows Zurich, though the browser is in New York"
        assert "Thu 28 May" in labels


def test_a_place_without_readings_says_so(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/?from=2026-05-01T00:00&to=2026-05-02T00:00")
        note = chart(visitor, "nursery").locator(".chart-note")
        expect(note).to_have_text("Nothing was measured in this time.")


def test_a_chart_is_read_with_the_keyboard_and_the_pointer(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        figure = chart(visitor)
        legend = figure.locator(".legend")
        expect(legend).to_have_text(re.compile(r"^\s*19\.\d to 24\.7 °C$"))
        figure.locator(".plot").focus()
        visitor.page.keyboard.press("ArrowLeft")
        expect(legend).to_have_text(re.compile(r"^Thu 28 May, 15:59.*24\.7 °C"))
        visitor.page.keyboard.press("Tab")
        expect(legend).to_have_text(re.compile(r"to 24\.7 °C$"))
        figure.locator(".plot").hover(position={"x": 200, "y": 60})
        expect(legend).to_have_text(re.compile(r"May, \d\d:\d\d.* \d\d\.\d °C"))


def test_a_value_of_a_whole_day_is_read_without_a_time(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/?last=365d")
        figure = chart(visitor)
        figure.locator(".plot").focus()
        visitor.page.keyboard.press("ArrowLeft")
        expect(figure.locator(".legend")).to_have_text(re.compile(r"^Thu 28 May \d\d\.\d °C"))
        visitor.page.get_by_role("link", name="24 h").click()
        expect(figure).to_have_attribute("data-drawn", "2026-05-27T14:00:00Z/2026-05-28T14:00:00Z")
        figure.locator(".plot").focus()
        visitor.page.keyboard.press("ArrowLeft")
        expect(figure.locator(".legend")).to_have_text(re.compile(r"^Thu 28 May, \d\d:\d\d "))


def test_a_chart_is_zoomed_by_dragging_and_goes_back(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        figure = chart(visitor)
        figure.scroll_into_view_if_needed()
        box = figure.locator(".plot").bounding_box()
        assert box
        whole = figure.locator(".dygraph-axis-label-x").all_inner_texts()
        mouse = visitor.page.mouse
        mouse.move(box["x"] + 150, box["y"] + 60)
        mouse.down()
        mouse.move(box["x"] + 260, box["y"] + 62, steps=5)
        mouse.up()
        close = figure.locator(".dygraph-axis-label-x").all_inner_texts()
        assert close != whole
        mouse.dblclick(box["x"] + 200, box["y"] + 60)
        expect(figure.locator(".dygraph-axis-label-x")).to_have_text(whole)


def test_a_finger_reads_the_chart(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        visitor.go("/")
        figure = chart(visitor)
        figure.scroll_into_view_if_needed()
        figure.locator(".plot").tap(position={"x": 150, "y": 60})
        expect(figure.locator(".legend")).to_have_text(re.compile(r"May, \d\d:\d\d.* \d\d\.\d °C"))


def test_fahrenheit_reaches_values_and_charts(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        visitor.page.get_by_role("button", name="°F").click()
        expect(visitor.page.locator(".locations")).to_contain_text("Too warm: 76.5 °F")
        expect(chart(visitor).locator(".legend")).to_have_text(re.compile(r"to 76\.5 °F$"))
        visitor.page.reload()
        expect(visitor.page.get_by_role("button", name="°F")).to_have_attribute("aria-pressed", "true")


def test_the_charts_keep_their_window_when_the_unit_is_chosen(visit: Visit) -> None:
    with visit() as visitor:
        page = visitor.page
        free = "from=2026-05-27T20%3A00&to=2026-05-28T02%3A00"
        visitor.go(f"/?{free}")
        chart(visitor)
        page.get_by_role("button", name="°F").click()
        page.wait_for_url(f"**/?{free}")
        expect(chart(visitor)).to_have_attribute("data-drawn", "2026-05-27T18:00:00Z/2026-05-28T00:00:00Z")
        page.get_by_role("link", name="1 w").click()
        page.get_by_role("button", name="°C").click()
        page.wait_for_url("**/?last=1w")
        expect(chart(visitor)).to_have_attribute("data-drawn", "2026-05-21T14:00:00Z/2026-05-28T14:00:00Z")


def test_dark_is_what_the_system_says_until_the_reader_chooses(visit: Visit) -> None:
    with visit(dark=True) as visitor:
        visitor.go("/")
        background = "getComputedStyle(document.body).backgroundColor"
        assert visitor.page.evaluate(background) == "rgb(23, 20, 17)"
        assert columns(chart(visitor), "dark") > 100
        visitor.page.get_by_role("button", name="Switch between light and dark").click()
        assert visitor.page.evaluate(background) == "rgb(248, 243, 234)"
        assert columns(chart(visitor), "light") > 100
        visitor.page.reload()
        assert visitor.page.evaluate(background) == "rgb(248, 243, 234)"
