"""``hutch user`` and ``hutch device`` as a user runs them, and what others say before there is an owner."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from api.access.ledger import ledger_of
from api.access.passwords import verify
from api.access.secret import split_token
from tests.hutch.test_commands import one_sentence

PASSWORD = "a pillow of hay"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hutch.toml").write_text("node = 'pi'\n[api]\nhost = '0.0.0.0'\n")
    return tmp_path


def hutch(*arguments: str, cwd: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hutch", *arguments]
    return subprocess.run(
        command, cwd=cwd, input=typed, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_first_user_is_an_owner_and_later_ones_look(folder: Path) -> None:
    for name, role in (("Ada", "owner"), ("gus", "viewer")):
        made = hutch("user", "add", name, cwd=folder, typed=f"{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        assert made.stdout == f"{name.lower()} may log in, as {role}\n"
    with closing(ledger_of(folder / "data")) as ledger:
        ada, gus = ledger.users()
        assert verify(PASSWORD, ada.password)[0]
    assert (ada.role, gus.role) == ("owner", "viewer")
    listed = hutch("user", "list", cwd=folder).stdout
    assert "ada" in listed
    assert "argon2" not in listed


def test_a_password_is_changed_and_a_user_removed_but_not_the_last_owner(folder: Path) -> None:
    hutch("user", "add", "ada", cwd=folder, typed=f"{PASSWORD}\n")
    changed = hutch("user", "password", "ada", cwd=folder, typed="a bed of straw\n")
    assert changed.returncode == 0, changed.stderr
    with closing(ledger_of(folder / "data")) as ledger:
        assert verify("a bed of straw", ledger.users()[0].password)[0]
        assert "is the only owner" in one_sentence(hutch("user", "remove", "ada", cwd=folder))
        assert hutch("user", "remove", "ada", "--force", cwd=folder).returncode == 0
        assert not ledger.any_user()


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("user", "add", "ada"), "short\n", "a password has 10 to 256 characters"),
        (("user", "add", "ada"), "", "a password has 10 to 256 characters"),
        (("user", "add", "a b"), f"{PASSWORD}\n", "is no name of a user"),
        (("user", "add", "ada", "--role", "king"), f"{PASSWORD}\n", "there is no role 'king'"),
        (("user", "password", "ada"), f"{PASSWORD}\n", "there is no user 'ada'; there is nobody yet"),
        (("device", "add", "esp"), "", "needs a node"),
        (("device", "revoke", "esp"), "", "no device 'esp' holds a token"),
    ],
)
def test_a_mistake_gets_one_sentence(
    folder: Path, arguments: tuple[str, ...], typed: str, words: str
) -> None:
    assert words in one_sentence(hutch(*arguments, cwd=folder, typed=typed))


def test_a_device_gets_a_token_that_is_shown_once_and_revoked(folder: Path) -> None:
    made = hutch("device", "add", "esp [red]", "--node", "nursery", cwd=folder)
    token = split_token(made.stdout.strip())
    assert token is not None, "the token alone is on standard output, for scripts"
    listed = hutch("device", "list", cwd=folder).stdout
    assert token[0] in listed
    assert "esp" in listed
    assert token[1] not in listed
    assert hutch("device", "revoke", "esp [red]", cwd=folder).returncode == 0
    with closing(ledger_of(folder / "data")) as ledger:
        assert ledger.device(*token) is None


@pytest.mark.parametrize("arguments", [("check-config",), ("run",)])
def test_off_loopback_what_is_missing_is_said_with_the_command_that_helps(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    told = one_sentence(hutch(*arguments, cwd=folder))
    assert told.endswith(
        "[api] host 0.0.0.0 is reached by others, and no owner can log in: run `hutch user add NAME` first"
    )


def test_with_an_owner_the_configuration_is_good(folder: Path) -> None:
    hutch("user", "add", "ada", cwd=folder, typed=f"{PASSWORD}\n")
    checked = hutch("check-config", cwd=folder)
    assert (checked.returncode, checked.stderr) == (0, "")
    config = folder / "hutch.toml"
    config.write_text(f'{config.read_text()}\npublic_url = "https://hutch.example.org"\n')
    warned = hutch("check-config", cwd=folder)
    assert warned.returncode == 0
    assert "public_url is set without trusted_proxies, so everybody seems to come" in warned.stderr
    config.write_text(f'{config.read_text()}\ntrusted_proxies = ["127.0.0.1"]\n')
    assert hutch("check-config", cwd=folder).stderr == ""
