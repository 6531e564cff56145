"""The journal and the formula on a phone, with one thumb and by voice."""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.api.home import NOW, a_home, serving
from tests.api.lived_in import entry, live_in
from tests.api.looking import COVERED
from tests.browser import Visit, visiting

MINUTE = timedelta(minutes=1)
EAR = """
window.SpeechRecognition = window.webkitSpeechRecognition = class extends EventTarget {
    start() {
        window.ear = this;
        this.dispatchEvent(new Event("start"));
    }
    stop() { this.dispatchEvent(new Event("end")); }
    hear(transcript, isFinal) {
        const result = Object.assign([{ transcript }], { isFinal });
        this.dispatchEvent(Object.assign(new Event("result"), { results: [result] }));
        if (isFinal) this.stop();
    }
};
"""
"""A browser that hears what a test says, as the Web Speech API has it."""


def test_the_usual_takes_one_tap_and_one_to_undo(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        visitor.go("/pages/journal")
        usual = page.locator(".usual .big")
        expect(usual.first).to_have_text(re.compile("4 oz of milk"))
        usual.filter(has_text="3 baby carrots").tap()
        toast = page.locator("#toast")
        expect(toast).to_contain_text("3 baby carrots")
        expect(page.get_by_role("region", name="Today").locator("li")).to_have_count(4)
        expect(usual.first).to_have_text(re.compile("3 baby carrots"))
        toast.get_by_role("button", name="Undo").tap()
        expect(page.get_by_role("status").filter(has_text="taken back")).to_be_visible()
        expect(page.get_by_role("region", name="Today").locator("li")).to_have_count(3)


def test_an_undo_under_the_thumb_goes_and_the_one_in_the_list_stays(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        page.clock.install()
        visitor.go("/pages/journal")
        page.get_by_label("Say it or type it").fill("drink 120 ml milk")
        page.get_by_role("button", name="Write", exact=True).tap()
        expect(page.locator("#toast")).to_contain_text("120 mL of milk")
        expect(page).to_have_url(f"{home.url}/pages/journal")  # the script has seen the toast
        page.clock.run_for(16_000)
        expect(page.locator("#toast")).to_be_hidden()
        page.get_by_role("region", name="Today").locator("li").first.get_by_role("button", name="Undo").tap()
        expect(page.get_by_role("region", name="Today").locator("li")).to_have_count(3)


def test_another_amount_of_the_usual_is_a_few_steps(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        visitor.go("/pages/journal")
        page.get_by_role("button", name="Another amount: oz of milk").tap()
        expect(page.get_by_label("Drink")).to_be_checked()
        page.get_by_role("button", name="One more").tap()
        expect(page.get_by_label("Amount", exact=True)).to_have_value("5")
        page.get_by_role("button", name="Write it down").tap()
        expect(page.locator("#toast")).to_contain_text("5 oz of milk")


def test_a_spoken_sentence_is_written_down_without_a_touch(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        page.add_init_script(EAR)
        visitor.go("/pages/journal")
        page.get_by_role("button", name="Speak").tap()
        expect(page.get_by_role("button", name="Stop listening")).to_have_attribute("aria-pressed", "true")
        page.evaluate("ear.hear('half a', false)")
        expect(page.get_by_label("Say it or type it")).to_have_value("half a")
        page.evaluate("ear.hear('half a banana', true)")
        expect(page.locator("#toast")).to_contain_text("0.5 banana")


def test_a_browser_that_may_not_listen_says_so(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        page.add_init_script(EAR)
        visitor.go("/pages/journal")
        page.get_by_role("button", name="Speak").tap()
        page.evaluate("ear.dispatchEvent(Object.assign(new Event('error'), { error: 'not-allowed' }))")
        page.evaluate("ear.stop()")
        expect(page.locator("#mic-words")).to_contain_text("may not use the microphone here")
        expect(page.locator("#toast")).to_have_count(0)


def test_a_browser_without_ears_shows_no_microphone(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        page = visitor.page
        page.add_init_script("delete window.SpeechRecognition; delete window.webkitSpeechRecognition;")
        visitor.go("/pages/journal")
        expect(page.locator(".usual .other").first).to_be_visible()
        expect(page.locator("#mic")).to_be_hidden()
        page.get_by_label("Say it or type it").fill("drink")
        page.get_by_label("Say it or type it").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("What was it? Say it like")
        expect(page.get_by_label("Say it or type it")).to_have_value("drink")
        # A browser notes each answer of 422 by itself.
        visitor.complaints.clear()


def test_everything_for_one_thumb_is_on_the_first_screen(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url, phone=True) as visitor:
        for n in range(1, 7):
            home.store(entry("food", n, f"{n} spoonfuls of porridge {'with oats ' * n}", NOW - n * MINUTE))
        page = visitor.page
        visitor.go("/pages/journal")
        expect(page.locator(".usual .big")).to_have_count(4)
        button = page.get_by_role("button", name="Write", exact=True).bounding_box()
        menu = page.locator("nav").bounding_box()
        assert button is not None
        assert menu is not None
        assert button["y"] + button["height"] <= menu["y"], "the button hides below the menu"
        page.get_by_text("Something else").tap()
        for scrolled in (0, 200, 400, 800):
            page.evaluate("y => scrollTo(0, y)", scrolled)
            assert page.evaluate(COVERED, ".entry") == [], f"scrolled by {scrolled} px"


LINES = """(element) => {
    const words = document.createRange();
    const { data } = element.firstChild;
    return data.split(" ").map((word) => {
        words.setStart(element.firstChild, data.indexOf(word));
        words.setEnd(element.firstChild, data.indexOf(word) + word.length);
        return words.getClientRects().length;
    });
}"""
"""On how many lines each word of an element stands."""


def test_a_long_word_of_an_entry_is_whole_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        home.store(entry("drink", 150, "mL of Nutramigen", NOW))
        with serving(home), visiting(browser, home.url, phone=True) as visitor:
            visitor.go("/pages/journal")
            assert visitor.page.locator(".entries strong").evaluate(LINES) == [1, 1, 1, 1]


def test_the_steps_of_the_journal_go_up_and_down(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        visitor.go("/pages/journal")
        visitor.page.get_by_text("Something else").tap()
        amount = visitor.page.get_by_label("Amount", exact=True)
        amount.fill("2.5")
        visitor.page.get_by_role("button", name="One more").tap()
        expect(amount).to_have_value("3")
        for expected in ("2", "1", "1"):
            visitor.page.get_by_role("button", name="One less").tap()
            expect(amount).to_have_value(expected)


def test_the_formula_answers_while_it_is_set(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        visitor.go("/pages/formula?calories=20&volume=67")
        answer = visitor.page.locator("#answer")
        expect(answer).to_contain_text(re.compile(r"60\s+mL water\s+2\s+Add\s+1\s+level scoop"))
        visitor.page.get_by_label("Bottle, mL").fill("134")
        expect(answer).to_contain_text(re.compile(r"120\s+mL water\s+2\s+Add\s+2\s+level scoops"))
        visitor.page.get_by_label("Strength").fill("60")
        expect(answer).to_contain_text("Calories must be from 18 to 30")
        assert "mL water" not in answer.inner_text(), "no amount stands beside a refusal"


def test_the_formula_remembers_what_was_made_last(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        page = visitor.page
        visitor.go("/pages/formula")
        page.get_by_label("Strength").fill("22")
        page.get_by_label("Bottle, mL").fill("180")
        expect(page.locator("#answer")).to_contain_text("183 mL")
        page.get_by_label("Bottle, mL").fill("9")
        expect(page.locator("#answer")).to_contain_text("must be from 10 to 1000")
        visitor.go("/pages/formula")
        expect(page.get_by_label("Strength")).to_have_value("22")
        expect(page.get_by_label("Bottle, mL")).to_have_value("180")
        expect(page.locator("#answer")).to_contain_text("183 mL")
