"""``hutch alerts test`` and what ``hutch check-config`` says of alarms."""

import os
import subprocess
import sys
from pathlib import Path

from tests.daemon import HOST
from tests.hutch.alerting.sink import mail_server

CONFIG = """
[alerts.smtp]
host = "{host}"
port = {port}
security = "none"
sender = "hutch@example.org"
{more}
[[alerts.contacts]]
name = "ada"
kind = "email"
to = "ada@example.org"

[[alerts.contacts]]
name = "hook"
kind = "webhook"
to = "http://{host}:9/secret"
least = "critical"
"""


def hutch(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200"}
    command = [sys.executable, "-m", "hutch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def write(folder: Path, port: int = 25, more: str = "") -> str:
    path = folder / "hutch.toml"
    path.write_text(CONFIG.format(host=HOST, port=port, more=more))
    return str(path)


def test_everybody_gets_a_message_and_who_cannot_be_told_is_named(tmp_path: Path) -> None:
    with mail_server() as sink:
        path = write(tmp_path, sink.port)
        done = hutch("alerts", "test", "--config", path)
        alone = hutch("alerts", "test", "ada", "--config", path)
    assert done.returncode == 3
    assert "ada: handed over to ada@example.org; look whether it arrived" in done.stdout
    assert "hook: not sent: hook cannot be reached" in done.stdout
    assert "secret" not in done.stdout
    assert alone.returncode == 0, alone.stderr
    assert sink.subjects == ["Hutch can reach you"] * 2
    assert "nothing is wrong" in sink.text()


def test_nobody_to_tell_and_a_name_that_there_is_not_get_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("")
    nobody, unknown = (
        hutch("alerts", "test", "--config", str(path)),
        hutch("alerts", "test", "bob", "--config", write(tmp_path)),
    )
    assert (nobody.returncode, unknown.returncode) == (2, 2)
    assert "names nobody to tell: add [[alerts.contacts]]" in nobody.stderr
    assert unknown.stderr == "hutch: there is no contact point 'bob'; there are ada, hook\n"


def test_check_config_sums_up_who_is_told_and_misses_a_file(tmp_path: Path) -> None:
    good = hutch("check-config", write(tmp_path))
    assert "ada: email to ada@example.org" in good.stdout
    assert f"hook: webhook to {HOST}:9, only of what is critical" in good.stdout
    bad = hutch("check-config", write(tmp_path, more='password_file = "none"'))
    assert bad.returncode == 2
    assert "[alerts.smtp] password_file:" in bad.stderr
