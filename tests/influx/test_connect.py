"""The configured store, and the token for it."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role, TokenMissing, connect, read_token
from influx.embedded import EmbeddedStore
from influx.server import ServerStore


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
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(TokenMissing, match="cannot be read"):
        read_token(config.model_copy(update={"token_file": file}), {}, Role.WRITER)


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
