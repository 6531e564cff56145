import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from api.access.ledger import Ledger, NameTaken, ledger_of
from api.access.ledger_file import LedgerError
from api.access.naming import BadName, device, user_name
from api.access.passwords import hashed, mistake, verify
from api.access.place import ledger_path
from api.access.refusals import QUIET, Refusals
from api.access.secret import split_token

NOW = datetime(2026, 5, 28, 14, tzinfo=UTC)


def test_only_its_owner_can_read_the_ledger_and_no_secret_is_in_it(tmp_path: Path) -> None:
    with closing(ledger_of(tmp_path)) as ledger:
        assert not ledger.any_user()
        assert not [*tmp_path.iterdir()], "who only asks makes no file"
        ledger.add_user("ada", "owner", "the hash", NOW)
        [ada] = ledger.users()
        session = ledger.start_session(ada, NOW, source="192.168.1.5", browser="Safari")
        token = ledger.add_device("esp", "ingest", "nursery", NOW)
        [folder] = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = [*folder.iterdir()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        kept = b"".join(path.read_bytes() for path in files)
    parts = split_token(token)
    assert parts is not None
    assert session is not None
    assert parts[0].encode() in kept
    for secret in (session, parts[1]):
        assert len(secret) == 43, "256 bits"
        assert secret.encode() not in kept


def test_what_one_process_writes_another_sees_at_once(tmp_path: Path) -> None:
    with closing(ledger_of(tmp_path)) as commands, closing(ledger_of(tmp_path)) as api:
        assert not api.any_owner()
        commands.add_user("ada", "owner", "hash", NOW)
        assert api.any_owner()
        token = split_token(commands.add_device("esp", "live", None, NOW))
        assert token is not None
        assert api.device(*token) is not None
        assert api.device(token[0], "another secret") is None
        assert commands.revoke_device("esp", NOW)
        assert api.device(*token) is None
        assert not commands.revoke_device("esp", NOW)


def test_many_threads_write_and_nothing_is_lost(tmp_path: Path) -> None:
    with closing(ledger_of(tmp_path)) as one, closing(ledger_of(tmp_path)) as other:
        threads = [
            threading.Thread(
                target=lambda ledger=ledger, n=n: [
                    ledger.add_device(f"{n}-{i}", "live", None, NOW) for i in range(10)
                ]
            )
            for n, ledger in enumerate((one, one, other, other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(one.devices()) == 40


def test_a_name_is_given_once(tmp_path: Path) -> None:
    with closing(ledger_of(tmp_path)) as ledger:
        ledger.add_user("ada", "owner", "hash", NOW)
        ledger.add_device("esp", "live", None, NOW)
        with pytest.raises(NameTaken, match="there is a user 'ada' already"):
            ledger.add_user("ada", "viewer", "hash", NOW)
        with pytest.raises(NameTaken, match="there is a device 'esp' already"):
            ledger.add_device("esp", "read", None, NOW)


def test_a_ledger_that_is_none_says_so(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with (
        closing(ledger_of(tmp_path)) as ledger,
        pytest.raises(LedgerError, match="who may log in, cannot be used"),
    ):
        ledger.any_user()


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A ledger where it once lay, with its log, and the key beside it; other users cannot have it open."""
    former = tmp_path / "access.sqlite"
    with closing(Ledger(former)) as ledger:
        ledger.add_user("ada", "owner", hashed("a pillow of hay"), NOW)
    (tmp_path / "access.key").write_text("known to others")
    return former


def test_a_ledger_is_brought_where_only_who_needs_it_reaches(former: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with closing(ledger_of(tmp_path)) as ledger:
            assert [user.name for user in ledger.users()] == ["ada"]
    assert [path.name for path in tmp_path.iterdir()] == ["access"], "nothing of it stays behind"
    folder = tmp_path / "access"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / former.name).stat().st_mode) == 0o600


def test_a_ledger_that_is_in_use_stays_where_it_is(former: Path, tmp_path: Path) -> None:
    """What an older Hutch still wrote there would be lost."""
    with closing(Ledger(former)) as older:
        assert older.any_owner()
        with pytest.raises(LedgerError, match=r"cannot be brought to .* stop every Hutch of this home"):
            ledger_of(tmp_path)
    with closing(ledger_of(tmp_path)) as ledger:
        assert ledger.any_owner()


def test_what_a_power_cut_left_of_bringing_it_is_made_anew(former: Path, tmp_path: Path) -> None:
    (tmp_path / "access").mkdir()
    (tmp_path / "access" / ".access.sqlite.new").write_text("torn")
    with closing(ledger_of(tmp_path)) as ledger:
        assert ledger.any_owner()


_WITHOUT_ROOM = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from api.access.ledger import ledger_of
from api.access.ledger_file import LedgerError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
ledger = ledger_of(Path(sys.argv[1]))
try:
    ledger.add_device("esp", "ingest", "nursery", datetime.now(UTC))
except LedgerError:
    print("not kept", ledger.any_user(), ledger.devices())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ledger.add_device("esp", "ingest", "nursery", datetime.now(UTC))
print([device.name for device in ledger.devices()])
"""


def test_the_first_token_that_finds_no_room_on_the_disk_keeps_nobody_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT_ROOM, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout.splitlines() == ["not kept False []", "['esp']"], found.stderr


def test_a_password_is_kept_as_argon2id_and_an_older_hash_is_renewed() -> None:
    kept = hashed("a pillow of hay")
    assert kept.startswith("$argon2id$")
    assert verify("a pillow of hay", kept) == (True, None)
    assert verify("a pillow of straw", kept)[0] is False
    assert verify("a pillow of hay", None)[0] is False
    old = Argon2Hasher(time_cost=1, memory_cost=8192).hash("a pillow of hay")
    right, newer = verify("a pillow of hay", old)
    assert right
    assert newer is not None
    assert verify("a pillow of hay", newer) == (True, None)


@pytest.mark.parametrize(
    ("password", "good"), [("short", False), ("a" * 20, False), ("x" * 300, False), ("hay and straw", True)]
)
def test_a_password_is_long_enough_and_bounded(password: str, good: bool) -> None:
    assert (mistake(password) == "") is good


@pytest.mark.parametrize("name", ["", "a b", "-ada", "../x", "é", "a" * 49, "a\nb"])
def test_a_user_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadName):
        user_name(name)
    assert user_name(" Ada ") == "ada"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("esp", "ingest", ""), "needs a node"),
        (("esp", "live", "nursery"), "is of no node"),
        (("esp", "all", ""), "there is no scope 'all'"),
        (("", "live", ""), "the name of a device has"),
        (("esp", "ingest", "a\\"), "the node of a device has"),
    ],
)
def test_a_device_has_what_its_scope_takes(typed: tuple[str, str, str], words: str) -> None:
    with pytest.raises(BadName, match=words):
        device(*typed)


def test_a_flood_is_told_once_and_then_how_much_it_was(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    refusals = Refusals(lambda: now)
    for _ in range(1000):
        refusals.tell("203.0.113.9", "wrong token", "GET /")
    refusals.tell("203.0.113.10", "wrong token", "GET /")
    now = QUIET
    refusals.tell("203.0.113.9", "wrong token", "GET /")
    assert caplog.messages == [
        "refused 203.0.113.9 at GET /: wrong token",
        "refused 203.0.113.10 at GET /: wrong token",
        "refused 203.0.113.9 at GET /: wrong token (999 times more since it was last told)",
    ]


def test_a_ledger_that_is_open_sees_what_commands_change(tmp_path: Path) -> None:
    """Commands are processes of their own, and the last of SQLite's to leave takes its files along."""
    change = (
        "import sys; from contextlib import closing; from pathlib import Path;"
        "from datetime import UTC, datetime; from api.access.ledger import ledger_of\n"
        "with closing(ledger_of(Path(sys.argv[1]))) as ledger:\n"
        "    ledger.add_user(sys.argv[2], 'viewer', 'hash', datetime.now(UTC))\n"
    )

    def command(name: str) -> None:
        subprocess.run([sys.executable, "-c", change, str(tmp_path), name], check=True)

    with closing(ledger_of(tmp_path)) as api:
        command("ada")
        assert api.any_user()
        api.set_password("ada", "another hash")
        command("bea")
        assert [user.name for user in api.users()] == ["ada", "bea"]
        command("cid")
        assert [user.name for user in api.users()] == ["ada", "bea", "cid"]
        api.remove_user("bea")
    with closing(ledger_of(tmp_path)) as later:
        assert [user.name for user in later.users()] == ["ada", "cid"]
