"""``hutch init`` as a user runs it: with options, and at a terminal."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from hutch.config import load
from tests.deploy.composed import ROOT, hutch

FULL = ("init", "--full", "--owner", "Ada", "--site", "Hutch.example.org")


def secrets_in(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_a_home_for_hutch_run(tmp_path: Path) -> None:
    done = hutch("init", "--timezone", "Europe/Zurich", "--location", "cage", "--consent", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["hutch.toml"]
    made = load(tmp_path / "hutch.toml")
    assert (made.timezone, made.locations[0].name, made.locations[0].label) == (
        "Europe/Zurich",
        "cage",
        "Cage",
    )
    assert made.vision.consent
    assert hutch("check-config", cwd=tmp_path).returncode == 0


def test_a_home_for_compose(tmp_path: Path) -> None:
    done = hutch(*FULL, "--unit", "F", "--low", "60", "--high", "75", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = load(tmp_path / "hutch.toml")
    assert (made.influx.url, made.vision.clips.endpoint) == ("http://influxdb:8086", "s3:9000")
    assert made.api.public_url == "https://hutch.example.org"
    assert made.api.grafana_url == "/grafana/"
    assert (made.locations[0].temperature_low, made.locations[0].temperature_high) == (15.56, 23.89)
    assert not made.vision.consent, "nobody was asked"
    told = secrets_in(tmp_path)
    assert (told["HUTCH_OWNER"], told["HUTCH_SITE"], told["HUTCH_TLS"]) == (
        "ada",
        "hutch.example.org",
        "internal",
    )
    free = shutil.disk_usage(tmp_path).free
    assert made.vision.clips.budget is not None, "nothing would bound the bucket"
    assert 1e9 <= made.vision.clips.budget <= max(1e9, free * 0.6)


def test_secrets_are_long_new_and_for_their_owner_alone(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        done = hutch(*FULL, str(home), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (home / ".env").stat().st_mode & 0o777 == 0o600
        assert (home / "hutch.toml").stat().st_mode & 0o777 == 0o644, "the containers have another user"
        for name, secret in secrets_in(home).items():
            if name.endswith(("KEY", "PASSWORD")):
                assert len(secret) >= 20, name
                assert secret not in done.stdout + done.stderr, name
                assert secret not in (home / "hutch.toml").read_text(), name
    one, two = map(secrets_in, homes)
    same = {name for name in one if one[name] == two[name]}
    assert same == {"HUTCH_SITE", "HUTCH_TLS", "COMPOSE_PROFILES", "HUTCH_OWNER"}


@pytest.mark.parametrize("name", [".env", "hutch.toml"])
def test_what_is_made_in_a_clone_cannot_be_committed(name: str) -> None:
    done = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
    assert done.returncode == 0, f"git would take {name}"


@pytest.mark.parametrize("name", [".env", "hutch.toml"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    done = hutch(*FULL, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"hutch: {name} is there already, and nothing is overwritten")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--full", "--site", "a.b"), "--owner is missing: who owns the home and logs in"),
        (("--full", "--owner", "ada"), "--site is missing: the name people type"),
        (("--full", "--owner", "a b", "--site", "a.b"), "'a b' is no name of a user"),
        (
            ("--full", "--owner", "ada", "--site", "https://a.b/"),
            "is no name; write it like hutch.example.org",
        ),
        (("--full", "--owner", "ada", "--site", "a.b", "--tls", "on"), "is neither internal nor an e-mail"),
        (("--full", "--owner", "ada", "--site", "a.b", "--camera", "rtsp://c"), "--camera is not for"),
        (("--owner", "ada"), "--owner, --site, --tls and --demo are for docker-compose.yml; add --full"),
        (("--unit", "K"), "'K' is no unit; there are C and F"),
        (("--timezone", "Moon/Tycho"), "your answers: timezone: 'Moon/Tycho' is no time zone"),
        (("--low", "24", "--high", "20"), "temperature_low 24 must be below temperature_high 20"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    done = hutch("init", *options, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert not list(tmp_path.iterdir())


def test_words_with_quotes_stay_words(tmp_path: Path) -> None:
    label = 'Miso\'s "hütte" \\ 🐭'
    assert hutch("init", "--label", label, cwd=tmp_path).returncode == 0
    assert tomllib.loads((tmp_path / "hutch.toml").read_text())["locations"][0]["label"] == label


def at_a_terminal(folder: Path, answers: list[str]) -> str:
    """What is on the screen of ``hutch init --full`` in ``folder``, each question answered in its turn."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hutch", "init", "--full"]
    process = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    screen, waiting, deadline = "", list(answers), time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                screen += os.read(ours, 1024).decode()
            except OSError:  # the terminal closed
                break
            if waiting and screen.rstrip(" ").endswith(":"):
                screen += " "
                os.write(ours, f"{waiting.pop(0)}\n".encode())
    finally:
        os.close(ours)
        process.wait(10)
    assert process.returncode == 0, screen
    return screen


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    answers = ["cage", "F", "", "Europe/Zurich", "Miso's cage", "60", "75", "y", "ada", "hutch.local", ""]
    screen = at_a_terminal(tmp_path, answers)
    assert "Does everybody who lives there agree to be recorded?" in screen
    assert "open https://hutch.local and log in as ada with the HUTCH_OWNER_PASSWORD in .env" in screen
    made = load(tmp_path / "hutch.toml")
    (cage,) = made.locations
    assert (cage.name, cage.label, cage.temperature_low, cage.temperature_high) == (
        "cage",
        "Miso's cage",
        15.56,
        23.89,
    )
    assert (made.timezone, made.vision.consent, made.api.temperature_unit) == ("Europe/Zurich", True, "F")
    assert secrets_in(tmp_path)["HUTCH_OWNER_PASSWORD"] not in screen
