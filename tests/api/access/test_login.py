import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from api.access.ledger import IDLE, LONGEST
from api.config import ApiSection
from api.pages.login import local
from tests.api.access.doors import PASSWORD, Door, caller, csrf, door_of, log_in
from tests.api.home import Home, serving
from tests.daemon import until

BROWSER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Safari/604.1"}


@pytest.fixture
def browser(door: Door) -> Iterator[httpx.Client]:
    """A browser that nobody logged in with yet."""
    with serving(door.home), caller(door.home) as client:
        client.headers.update(BROWSER)
        yield client


def test_who_opens_a_page_logs_in_and_comes_back_to_it(browser: httpx.Client) -> None:
    led = browser.get("/pages/events?pet=miso")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/pages/events%3Fpet%3Dmiso")
    form = browser.get(led.headers["location"])
    assert form.status_code == 200
    assert 'name="next" value="/pages/events?pet=miso"' in form.text
    back = log_in(browser, "Ada ", next="/pages/events?pet=miso")
    assert (back.status_code, back.headers["location"]) == (303, "/pages/events?pet=miso")
    assert browser.get("/pages/events?pet=miso").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: httpx.Client) -> None:
    cookie = log_in(browser, "ada").headers["set-cookie"]
    assert cookie.startswith("hutch_session=")
    assert "; HttpOnly" in cookie
    assert "; SameSite=lax" in cookie
    assert "; Path=/" in cookie
    assert "Secure" not in cookie


def test_behind_a_proxy_with_tls_the_cookie_travels_over_tls_alone(door: Door) -> None:
    config = ApiSection(port=0, public_url="https://hutch.example.org/")
    door.home.context = replace(door.home.context, config=config)
    with serving(door.home), caller(door.home) as client:
        client.headers["Host"] = "hutch.example.org"
        origin = {"Origin": "https://hutch.example.org"}
        answer = client.post("/login", data={"username": "ada", "password": PASSWORD}, headers=origin)
        assert answer.status_code == 303
        assert "; Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "/a\tb"],
)
def test_a_login_leads_nowhere_else(browser: httpx.Client, address: str) -> None:
    assert log_in(browser, "ada", next=address).headers["location"] == "/"
    assert local("/pages/live?x=1#y") == "/pages/live?x=1#y"


@pytest.mark.parametrize("name", ["ada", "nobody", "ada'; --", "ä" * 200])
def test_a_wrong_name_or_password_gets_the_same_sentence(
    browser: httpx.Client, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = log_in(browser, name, "not this one")
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    [told] = [record.message for record in caplog.records if record.name == "api.access.refusals"]
    assert told.startswith("refused 127.0.0.1 at /login: wrong password for ")


def test_who_guesses_has_to_wait_but_not_the_owner_who_is_logged_in_there(door: Door) -> None:
    proxied = ApiSection(port=0, trusted_proxies=("127.0.0.1",))
    door.home.context = replace(door.home.context, config=proxied)
    with serving(door.home), caller(door.home) as client:

        def attempt(source: str, password: str) -> httpx.Response:
            client.cookies.clear()
            client.headers["X-Forwarded-For"] = source
            return log_in(client, "ada", password)

        assert attempt("192.168.1.5", PASSWORD).status_code == 303
        for number in range(10):
            assert attempt("203.0.113.1", f"guess {number}").status_code == 401
        slowed = attempt("203.0.113.1", PASSWORD)
        assert slowed.status_code == 429
        assert 1 <= int(slowed.headers["retry-after"]) <= 60
        for number in range(10):
            assert attempt(f"2001:db8::{number}", "a guess").status_code == 401
        assert attempt("2001:db8::ffff", "a guess").status_code == 429, "a /64 is one household"
        assert attempt("198.51.100.7", PASSWORD).status_code == 429, "20 guesses at one user, wherever from"
        assert attempt("192.168.1.5", PASSWORD).status_code == 303, "the owner's own address"


def test_who_guesses_at_once_gets_no_more_guesses(browser: httpx.Client, door: Door) -> None:
    def guess(number: int) -> int:
        with caller(door.home) as client:
            return log_in(client, "nobody", f"guess {number}").status_code

    with ThreadPoolExecutor(14) as hands:
        answers = list(hands.map(guess, range(14)))
    assert (answers.count(401), answers.count(429)) == (10, 4)


def test_the_event_loop_goes_on_while_passwords_are_checked(browser: httpx.Client, door: Door) -> None:
    answers: list[int] = []

    def many() -> None:
        with caller(door.home) as client:
            answers.append(log_in(client, "gus", "a wrong one").status_code)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    meanwhile = 0
    while any(thread.is_alive() for thread in threads):
        assert browser.get("/static/favicon.svg").status_code == 200
        meanwhile += 1
    for thread in threads:
        thread.join()
    assert set(answers) == {401}
    assert meanwhile > 2 * len(threads), "others waited for each password in turn"


def test_a_change_needs_the_token_of_the_page_in_a_header_or_a_form(browser: httpx.Client) -> None:
    log_in(browser, "ada")
    token, entry = csrf(browser), {"amount": 2, "name": "oz", "entry_type": "drink"}
    form = {"entry_type": "drink", "amount": "2", "name": "milk"}
    assert browser.post("/journal", json=entry).status_code == 403
    assert browser.post("/journal", json=entry, headers={"X-CSRF-Token": token[:-1] + "!"}).status_code == 403
    assert browser.post("/journal", json=entry, headers={"X-CSRF-Token": token}).status_code == 201
    lacking = browser.post("/pages/journal", data=form)
    assert lacking.status_code == 403
    assert "load the page anew" in lacking.text
    assert lacking.headers["content-type"].startswith("text/html")
    kept = browser.post("/pages/journal", data={**form, "csrf": token})
    assert (kept.status_code, "saved=" in kept.headers["location"]) == (303, True)
    multipart = browser.post("/pages/unit", files={"unit": (None, "F"), "csrf": (None, token)})
    assert multipart.status_code == 303
    assert (
        browser.post("/pages/unit", files={"unit": (None, "F"), "csrf": ("a file", token)}).status_code == 403
    )


def test_the_token_of_one_login_is_of_no_use_to_another(browser: httpx.Client, door: Door) -> None:
    log_in(browser, "ada")
    with caller(door.home) as other:
        log_in(other, "ada")
        answer = browser.post("/journal", json={}, headers={"X-CSRF-Token": csrf(other)})
    assert answer.status_code == 403


def test_another_sites_page_can_neither_log_in_nor_out(browser: httpx.Client) -> None:
    browser.headers["Origin"] = "https://evil.example"
    assert log_in(browser, "ada").status_code == 403
    assert browser.post("/logout").status_code == 403


def test_a_logout_ends_the_session_and_not_only_the_cookie(browser: httpx.Client) -> None:
    log_in(browser, "ada")
    cookie = browser.cookies["hutch_session"]
    out = browser.post("/logout", data={"csrf": csrf(browser)})
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert "hutch_session" not in browser.cookies
    browser.cookies["hutch_session"] = cookie
    assert browser.get("/events", headers={"Accept": "application/json"}).status_code == 401


def used(browser: httpx.Client, door: Door) -> datetime:
    assert browser.get("/auth/check").status_code == 200
    return door.ledger.sessions(door.home.clock.moment)[0].seen


def test_a_session_lasts_while_it_is_used_but_not_for_ever(browser: httpx.Client, door: Door) -> None:
    log_in(browser, "ada")
    clock, begun = door.home.clock, door.home.clock.moment
    while clock.moment + IDLE < begun + LONGEST:
        clock.moment += IDLE - timedelta(hours=1)
        # Asked again, for a use is not noted while the note of the one before is still being closed.
        until("the use of the session was noted", lambda: used(browser, door) == clock.moment)
    clock.moment = begun + LONGEST + timedelta(seconds=1)
    assert browser.get("/auth/check").status_code == 401


def test_a_session_that_nobody_uses_ends(browser: httpx.Client, door: Door) -> None:
    log_in(browser, "ada")
    door.home.clock.moment += IDLE + timedelta(seconds=1)
    assert browser.get("/auth/check").status_code == 401


def test_a_new_password_ends_every_session_and_a_removed_user_has_none(door: Door) -> None:
    with serving(door.home), caller(door.home) as ada, caller(door.home) as gus:
        log_in(ada, "ada")
        log_in(gus, "gus")
        door.ledger.set_password("ada", "another hash")
        door.ledger.remove_user("gus")
        assert ada.get("/auth/check").status_code == 401
        assert gus.get("/auth/check").status_code == 401


def test_a_proxy_learns_who_is_logged_in(browser: httpx.Client) -> None:
    assert browser.get("/auth/check").status_code == 401, "and is not led to the login"
    log_in(browser, "gus")
    told = browser.get("/auth/check")
    assert (told.headers["x-hutch-user"], told.headers["x-hutch-role"]) == ("gus", "viewer")


def test_a_part_of_a_page_is_told_and_not_led_to_the_login(browser: httpx.Client) -> None:
    answer = browser.get("/pages/parts/lasts")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_viewer_sees_a_page_that_says_what_takes_an_owner(browser: httpx.Client) -> None:
    log_in(browser, "gus")
    answer = browser.get("/pages/devices")
    assert answer.status_code == 403
    assert "gus may look at everything, and change nothing: that takes an owner." in answer.text


def test_health_tells_strangers_only_whether_all_is_well(browser: httpx.Client) -> None:
    assert browser.get("/health").json().keys() == {"status"}
    log_in(browser, "gus")
    assert "store" in browser.get("/health").json()


def test_without_users_everybody_at_the_machine_is_the_owner_until_there_is_one(home: Home) -> None:
    with serving(home) as client, door_of(home) as door:
        assert client.get("/auth/check").headers["x-hutch-user"] == "local"
        assert "Nobody has a login yet" in client.get("/login").text
        assert client.get("/events", headers={"Host": "evil.example"}).status_code == 421
        door.user("ada")
        assert client.get("/events").status_code == 401
        assert client.get("/events", headers={"Host": "hutch.local"}).status_code == 401


def test_a_viewer_is_offered_nothing_that_a_viewer_may_not_do(door: Door) -> None:
    with serving(door.home), caller(door.home) as gus:
        log_in(gus, "gus")
        for path, offered in (
            ("pets", "a name below"),
            ("gallery", "take your own"),
            ("journal", "first entry"),
        ):
            assert offered not in gus.get(f"/pages/{path}").text
