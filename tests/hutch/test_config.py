"""hutch.toml: what is accepted, and the sentence for what is not."""

import tomllib
from pathlib import Path

import pytest

from hutch.config import Config, ConfigError, load, parse
from hutch.example import PATH, render


def test_the_example_is_generated_from_the_models() -> None:
    assert PATH.read_text() == render(), "run `make generate`"


def test_the_example_says_the_defaults() -> None:
    assert parse(tomllib.loads(PATH.read_text()), "hutch.example.toml") == Config()


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("")
    config = load(tmp_path / "hutch.toml")
    assert config.data_dir == tmp_path / "data"
    assert config.api.port == 8000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[api]\nprot = 1", "[api] prot: unknown key"),
        ("[influx.retention]\nreading = 'P1D'", "[influx.retention] reading: unknown key"),
        ("[api]\nport = 70000", "[api] port: input should be less than or equal to 65535"),
        (
            "timezone = 'Mars/Olympus'",
            "timezone: 'Mars/Olympus' is no time zone; write one like Europe/Zurich",
        ),
        ("[collector]\ninterval = 0", "[collector] interval: must be longer than nothing"),
        ("[collector]\ninterval = 0.01", "[collector] interval: must be from 0.1 s to a day"),
        ("[collector.spool]\nmax_bytes = 3", "[collector.spool] max_bytes: input should be greater than"),
        ("[vision.recorder]\npre_roll = 1e9", "[vision.recorder] pre_roll: must be from 0 to 60 s"),
        ("[vision.clips]\nstore = 's3'", '[vision.clips] endpoint: is missing; store = "s3" needs one'),
        ("[[locations]]\nname = 'a'\n[[locations]]\nname = 'a'", "two locations are called 'a'"),
        (
            "[[locations]]\nname = 'a'\ntemperature_low = 9\ntemperature_high = 8",
            "[[locations]] number 1: temperature_low 9 must be below temperature_high 8",
        ),
        (
            "[[collector.sensors]]\nkind = 'host'\nname = 'h'\nlocation = 'attic'",
            "location 'attic' of 'h' is not the name of any of the [[locations]]",
        ),
        ("[[locations]]\nname = 'a'\n[[locations]]\nnam = 'b'", "[[locations]] number 2: nam: unknown key"),
        (
            "[influx]\nurl = 'localhost:8086'",
            "[influx] url: 'localhost:8086' is no address; write it like http://127.0.0.1:8086",
        ),
        (
            "[vision]\nmodel = 'm.onnx'",
            'vision: model has a section of its own: write model = "m.onnx" and layout = "nanodet" below [v',
        ),
        (
            "[vision.detector]\nmodel = 'm.onnx'",
            "layout is missing: write how the model is read, nanodet, yolox, rf-detr, d-fine or ssd",
        ),
        ("[vision.detector]\nprovider = 'gpu'", "[vision.detector] provider: string should match pattern"),
        ("node = 'Bad Name'", "node: string should match pattern"),
        ("port = ", "is no TOML"),
    ],
)
def test_a_mistake_is_named_by_file_section_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "hutch.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert sentence in str(raised.value)
    assert str(path) in str(raised.value)


def test_every_mistake_has_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "hutch.toml"
    path.write_text("[api]\nprot = 1\nhots = 'x'\n[vision]\nmodle = 'y'")
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert len(str(raised.value).splitlines()) == 3


def test_all_names_that_disagree_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "hutch.toml"
    room = "[[locations]]\nname = 'room'\n"
    sensors = [f"[[collector.sensors]]\nkind = 'host'\nname = 'h'\nlocation = '{n}'\n" for n in ("x", "y")]
    path.write_text("".join([room, room, *sensors]))
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert str(raised.value).splitlines() == [
        f"{path}: two locations are called 'room'; each needs a name of its own",
        f"{path}: two sensors are called 'h'; each needs a name of its own",
        f"{path}: location 'x' of 'h' is not the name of any of the [[locations]]",
        f"{path}: location 'y' of 'h' is not the name of any of the [[locations]]",
    ]


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"cannot be read: No such file or directory; write it, or name another"
    ):
        load(tmp_path / "hutch.toml")


def test_lengths_of_time_are_seconds_or_iso() -> None:
    config = parse({"collector": {"interval": 30}, "influx": {"retention": {"readings": "P7D"}}}, "test")
    assert config.collector.interval.total_seconds() == 30
    assert config.influx.retention.readings is not None
    assert config.influx.retention.readings.days == 7


def test_relative_files_are_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "hutch.toml"
    path.write_text(
        "data_dir = 'd'\n[influx]\ntoken_file = 'token'\n"
        "[vision.detector]\nmodel = 'm.onnx'\nlayout = 'yolox'\n"
    )
    config = load(path)
    assert config.data_dir == tmp_path / "d"
    assert config.influx.token_file == tmp_path / "token"
    assert config.vision.detector.model == tmp_path / "m.onnx"


def test_a_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_bytes("node = 'Küche'".encode("latin-1"))
    with pytest.raises(ConfigError, match="is no TOML"):
        load(tmp_path / "hutch.toml")
