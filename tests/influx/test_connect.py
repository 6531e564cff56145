"""The configured store, and the token for it."""

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role, TokenMissing, TokenUnreadable, connect, read_token
from influx.embedded import EmbeddedStore
from influx.server import ServerStore
from influx.store import Unauthorized, Unavailable
from influx.windows import Window
from tests.servers import Influx


def test_without_a_url_points_are_in_a_file_of_the_data_folder(tmp_path: Path) -> None:
    with closing(connect(InfluxSection(), tmp_path / "data")) as store:
        assert isinstance(store, EmbeddedStore)
    assert (tmp_path / "data" / "points.sqlite").exists()


def test_with_a_url_points_are_in_influxdb_which_may_be_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "secret")
    with closing(connect(InfluxSection(url="http://127.0.0.1:9"), tmp_path)) as store:
        assert isinstance(store, ServerStore)
    assert not list(tmp_path.iterdir())


def test_the_token_comes_from_the_file_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    config = InfluxSection(url="http://127.0.0.1:9", token_file=file)
    assert read_token(config, {TOKEN_VARIABLE: "from-environment"}, Role.WRITER) == "from-file"
    bare = InfluxSection(url="http://127.0.0.1:9")
    assert read_token(bare, {TOKEN_VARIABLE: " from-environment "}, Role.WRITER) == "from-environment"


def test_a_missing_token_is_one_sentence(tmp_path: Path) -> None:
    config = InfluxSection(url="http://127.0.0.1:9")
    with pytest.raises(
        TokenMissing, match=r"neither secrets/influx/writer nor token_file nor HUTCH_INFLUX_TOKEN is there"
    ):
        read_token(config, {TOKEN_VARIABLE: " "}, Role.WRITER)
    file = tmp_path / "token"
    with pytest.raises(TokenMissing, match="does not exist"):
        read_token(config.model_copy(update={"token_file": file}), {}, Role.WRITER)
    file.write_text("\n")
    with pytest.raises(TokenMissing, match="is empty"):
        read_token(config.model_copy(update={"token_file": file}), {}, Role.WRITER)
    file.unlink()
    file.mkdir()
    with pytest.raises(TokenMissing, match="cannot be read"):
        read_token(config.model_copy(update={"token_file": file}), {}, Role.WRITER)


@pytest.mark.parametrize(
    "content", [b"hush hush", b"hush\nhush", "hush é".encode(), b"\xff\xfehush", b"hush\0"]
)
def test_what_is_no_token_is_told_by_its_file_and_not_its_content(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "writer").write_bytes(content)
    config = InfluxSection(url="http://127.0.0.1:9", token_dir=tmp_path)
    with pytest.raises(TokenUnreadable) as caught:
        read_token(config, {}, Role.WRITER)
    assert str(tmp_path / "writer") in str(caught.value)
    assert "`hutch influx apply` replaces it" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_file_that_turns_bad_is_a_state_to_live_in(tmp_path: Path) -> None:
    for role in (Role.WRITER, Role.READER):
        (tmp_path / role).write_text("good")
    with closing(connect(InfluxSection(url="http://127.0.0.1:9", token_dir=tmp_path), tmp_path)) as store:
        (tmp_path / Role.WRITER).write_text("hush\nhush")
        with pytest.raises(Unauthorized, match="cannot be read as a token"):
            store.write("environment", ["environment,location=a temperature=1 1"])


def test_the_role_that_asks_is_the_one_that_lacks_a_token(tmp_path: Path) -> None:
    config = InfluxSection(url="http://127.0.0.1:9", token_dir=tmp_path)
    with pytest.raises(TokenMissing, match="no token for the reader"):
        connect(config, tmp_path, Role.READER)
    (tmp_path / Role.READER).touch()
    with pytest.raises(TokenMissing, match="reader is empty"):
        connect(config, tmp_path, Role.READER)


def test_a_refusal_says_whose_token_it_is_where_it_is_from_and_what_to_do(
    influx_server: Influx, tmp_path: Path
) -> None:
    config = InfluxSection(url=influx_server.url, org=influx_server.org, token_dir=tmp_path)
    whole = Window.last(timedelta(days=1), datetime.now(UTC))
    for role in (Role.WRITER, Role.READER):
        (tmp_path / role).write_text("old")
    with closing(connect(config, tmp_path)) as store:
        with pytest.raises(Unauthorized) as caught:
            store.latest("environment", whole)
        assert f"{influx_server.url} refuses the reader's token in {tmp_path / 'reader'} with 401" in str(
            caught.value
        )
        assert "`hutch influx apply` replaces it" in str(caught.value)
    file = tmp_path / "one"
    file.write_text("old")
    config = config.model_copy(update={"token_dir": tmp_path / "none", "token_file": file})
    with (
        closing(connect(config, tmp_path)) as store,
        pytest.raises(Unauthorized, match=f"the token in {file}"),
    ):
        store.latest("environment", whole)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "http://127.0.0.1:9",
            r"^InfluxDB at http://127.0.0.1:9 cannot be reached \(connection refused\); is it",
        ),
        ("http://127.0.0.1:9/x", r"\(connection refused\)"),
    ],
)
def test_a_server_that_is_gone_is_told_without_the_words_of_libraries(
    tmp_path: Path, url: str, words: str
) -> None:
    (tmp_path / Role.WRITER).write_text("good")
    store = connect(InfluxSection(url=url, token_dir=tmp_path), tmp_path)
    with closing(store), pytest.raises(Unavailable, match=words) as caught:
        store.write("environment", ["environment,location=a temperature=1 1"])
    assert "HTTPConnection" not in str(caught.value)


def test_who_has_no_server_does_not_load_its_client(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from influx.config import InfluxSection; from influx.connect import connect; "
        "connect(InfluxSection(), pathlib.Path(sys.argv[1])).close(); "
        "sys.exit('influxdb_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0


def test_a_collector_does_not_pay_for_numpy() -> None:
    code = (
        "import sys; from pathlib import Path; from influx.config import InfluxSection;"
        "from influx.connect import connect;"
        "connect(InfluxSection(url='http://127.0.0.1:9'), Path()).close();"
        "print('numpy' in sys.modules); import numpy; print(numpy.ones(2).sum())"
    )
    environment = {**os.environ, TOKEN_VARIABLE: "token"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment
    )
    assert result.stdout.split() == ["False", "2.0"], result.stderr
