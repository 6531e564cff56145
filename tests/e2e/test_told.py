"""A reading that is too warm, written to a Hutch that runs, is a mail; and so is that it is over."""

from pathlib import Path

import httpx

from tests.daemon import until
from tests.e2e.told import running, write
from tests.hutch.alerting.sink import mail_server


def test_a_reading_that_is_too_warm_is_a_mail_and_on_the_pages(tmp_path: Path) -> None:
    with mail_server() as sink, running(tmp_path, sink.port, every=5) as url:
        write(url, 0, 27.0)
        until("the mail came", lambda: len(sink.mails) == 1, 90)
        assert sink.subjects == ["Room 0 is too warm: 27.0 °C"]
        assert f"See: {url}/?from=" in sink.text()
        link = sink.text().partition("See: ")[2].partition("\n")[0]
        assert httpx.get(link).status_code == 200
        assert "Room 0 is too warm: 27.0 °C" in httpx.get(f"{url}/pages/alerts").text
        assert "Room 0 is too warm: 27.0 °C" in httpx.get(f"{url}/pages/parts/firing").text
        assert httpx.get(f"{url}/alerts/config").json()["sends_mail"] is True
        # Less than counts as a fast change, of which there would be a mail where five minutes end in between.
        write(url, 0, 24.0)
        until("the second came", lambda: len(sink.mails) == 2, 90)
        assert sink.subjects[1] == "Room 0 has a safe temperature again: 24.0 °C"
        assert "Room 0 is too warm" not in httpx.get(f"{url}/pages/parts/firing").text
