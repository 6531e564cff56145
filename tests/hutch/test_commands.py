"""The commands as a user runs them: as a process, by their output and exit code."""

import json
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import av
import pytest

from tests.daemon import free_ports
from tests.servers import Influx
from tests.vision.shared import shared
from tests.vision.test_watch import VISITS
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions


def hutch(*arguments: object, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hutch", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout)


def one_sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said: one line, no traceback."""
    assert ended.returncode in (2, 3), ended.stderr
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds of the scripted room, in which a cat passes by."""
    path = tmp_path_factory.mktemp("recording") / "Living room.mp4"
    stream = ScriptedCamera(ScriptedOptions(pace=False, duration=40)).open()
    with av.open(path, "w") as out:
        copy = out.add_stream_from_template(stream.video)
        for timed in stream.packets():
            timed.packet.stream = copy
            out.mux(timed.packet)
    return path


def test_a_good_configuration_is_summed_up(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("node = 'pi'\n[[collector.sensors]]\nkind = 'host'\nname = 'host'\n")
    ended = hutch("check-config", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "hutch.toml is good" in ended.stdout
    assert "host: host" in ended.stdout


MQTT = """
[[locations]]
name = "den"
[collector.mqtt]
broker = "broker.local"
[[collector.mqtt.topics]]
topic = "zigbee2mqtt/+"
sensor = "{1}"
location = "den"
fields = { temperature = "$.temperature", humidity = "$.humidity" }
"""


def test_what_is_taken_from_a_broker_is_summed_up(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text(MQTT)
    ended = hutch("check-config", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = " ".join(ended.stdout.replace("│", " ").split())
    assert "MQTT broker.local zigbee2mqtt/+: environment" in told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            MQTT.replace("[[collector", "username = 'u'\npassword_file = 'gone'\n[[collector", 1),
            "[collector.mqtt] password_file",
        ),
        (
            MQTT.replace('"den"\nfields', '"attic"\nfields'),
            "location 'attic' of 'zigbee2mqtt/+' is",
        ),
        (
            MQTT.replace("$.temperature", "temperature"),
            "'temperature' is no path to one value",
        ),
        ("[api]\nprot = 1", "hutch: hutch.toml: [api] prot: unknown key"),
        (
            "[[collector.sensors]]\nkind = 'hots'\nname = 'h'",
            "sensor 'h': there is no kind",
        ),
        (
            "[[locations]]\nname = 'a'\n[[vision.cameras]]\nkind = 'url'\nname = 'c'\nlocation = 'a'",
            "[[vision.cameras]] camera 'c': url: field required",
        ),
        ("[api]\nhost = '0.0.0.0'", "hutch user add"),
    ],
)
def test_a_bad_configuration_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "hutch.toml").write_text(text)
    ended = hutch("check-config", cwd=tmp_path)
    assert ended.returncode == 2
    assert sentence in one_sentence(ended)


def test_run_refuses_a_kind_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("[[collector.sensors]]\nkind = 'hots'\nname = 'h'")
    assert "there is no kind 'hots'" in one_sentence(hutch("run", cwd=tmp_path))


def test_run_ends_when_a_camera_cannot_be_as_configured(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "hutch.toml").write_text(
        f"[api]\nport = {port}\n[[locations]]\nname = 'a'\n[vision]\nconsent = true\n"
        "[[vision.cameras]]\nkind = 'tv'\nname = 'c'\nlocation = 'a'\n"
    )
    ended = hutch("run", cwd=tmp_path)
    assert ended.returncode == 2
    assert "camera 'c': kind 'tv' is unknown" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_run_refuses_the_folder_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo.toml").touch()
    (tmp_path / "hutch.toml").touch()
    assert "holds the demo, whose points are not real" in one_sentence(hutch("run", cwd=tmp_path))


def test_run_says_when_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        ended = hutch("run", "--demo", "--port", port, cwd=tmp_path)
    assert ended.returncode == 3
    assert f"port {port} on 127.0.0.1 cannot be used" in one_sentence(ended)


def test_demo_and_a_configuration_exclude_each_other(tmp_path: Path) -> None:
    assert "give neither --config nor --only" in one_sentence(
        hutch("run", "--demo", "--config", "x.toml", cwd=tmp_path)
    )


def test_run_stops_in_peace(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "hutch.toml").write_text(f"[api]\nport = {port}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "hutch", "run"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.strip())
        process.send_signal(signal.SIGTERM)
    assert f"open http://127.0.0.1:{port} in a browser" in said
    assert process.returncode == 0


def test_watch_finds_the_cat_and_keeps_a_clip_that_plays(tmp_path: Path, recording: Path) -> None:
    ended = hutch("watch", recording, "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert events
    for event in events:
        assert set(event) == {"event_id", "event_type", "pet", "start_s", "end_s", "clip"}
        assert event["event_id"].startswith("living-room-")
        assert event["start_s"] < event["end_s"]
    clips = [event for event in events if event["clip"]]
    assert clips
    for event in clips:
        with av.open(event["clip"]) as clip:
            seconds = sum(1 for _ in clip.decode(video=0)) / 10
        assert seconds >= event["end_s"] - event["start_s"]


def pictures(file: Path) -> list[int]:
    """A number for each picture of a video; the same picture has the same number."""
    with av.open(str(file), "r") as video:
        return [hash(frame.to_ndarray().tobytes()) for frame in video.decode(video=0)]


def test_watch_keeps_a_clip_of_each_visit_that_plays_and_starts_before_it(tmp_path: Path) -> None:
    recording = shared("data/person-walking.mp4")
    ended = hutch("watch", recording, "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    whole = pictures(recording)
    assert len(events) == len(VISITS)
    for event, (start, end) in zip(events, VISITS, strict=True):
        clip = pictures(Path(event["clip"]))
        first = next(n for n in range(len(whole)) if whole[n : n + 10] == clip[:10])
        # A clip ends between packets, whose order is not that of pictures: a few of the last may be missing.
        sure = len(clip) - 8
        assert whole[first : first + sure] == clip[:sure], "a clip is the recording's own pictures"
        assert first / 10 <= start - 4, f"the clip starts at {first / 10} s, the visit at {start} s"
        assert (first + len(clip)) / 10 >= min(end + 3, len(whole) / 10), f"the visit lasts until {end} s"


def test_watch_prints_a_table(tmp_path: Path, recording: Path) -> None:
    ended = hutch("watch", recording, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "passing" in ended.stdout
    assert "events" in ended.stdout


MASKED = """
[[locations]]
name = "hutch"
[[vision.cameras]]
kind = "scripted"
name = "cage"
location = "hutch"
masks = [[[0, 0], [1, 0], [1, 1], [0, 1]]]
"""


def test_watch_looks_with_the_masks_of_a_camera_that_it_is_told(tmp_path: Path, recording: Path) -> None:
    (tmp_path / "hutch.toml").write_text(MASKED)
    masked = hutch("watch", recording, "--json", "--config", "hutch.toml", "--camera", "cage", cwd=tmp_path)
    assert (masked.returncode, masked.stdout) == (0, ""), "where all is masked nothing is seen"
    ended = hutch("watch", recording, "--config", "hutch.toml", "--camera", "attic", cwd=tmp_path)
    assert "--camera: none of the [[vision.cameras]] is called 'attic'" in one_sentence(ended)


def test_watch_says_that_a_file_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a video")
    assert "notes.txt is no video" in one_sentence(hutch("watch", "notes.txt", cwd=tmp_path))


@pytest.mark.parametrize("content", [None, b"no model"], ids=["missing", "no ONNX model"])
def test_watch_says_that_a_model_cannot_be_used(
    tmp_path: Path, recording: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "pets.onnx").write_bytes(content)
    ended = hutch("watch", recording, "--model", "pets.onnx", cwd=tmp_path)
    assert "pets.onnx" in one_sentence(ended)
    assert ended.returncode == 2


def test_watch_says_that_a_time_is_not_kept(tmp_path: Path, recording: Path) -> None:
    sentence = one_sentence(hutch("watch", recording, "--start", "2001-01-01", cwd=tmp_path))
    assert "--start:" in sentence
    assert "older than" in sentence


def test_influxdb_is_brought_in_order(tmp_path: Path, influx_server: Influx) -> None:
    (tmp_path / "token").write_text(influx_server.token)
    (tmp_path / "hutch.toml").write_text(
        f"[influx]\nurl = '{influx_server.url}'\norg = '{influx_server.org}'\n"
        "token_file = 'token'\nbucket_prefix = 'cli_'\n"
    )
    checked = hutch("influx", "apply", "--check", cwd=tmp_path)
    assert checked.returncode == 1, checked.stderr
    assert "bucket cli_readings: is missing" in checked.stdout
    applied = hutch("influx", "apply", cwd=tmp_path)
    assert applied.returncode == 0, applied.stderr
    assert "one token serves every role" in applied.stdout
    again = hutch("influx", "apply", "--check", cwd=tmp_path)
    assert again.returncode == 0
    assert "is as configured" in again.stdout
    assert not (tmp_path / "secrets").exists()


def test_tokens_are_made_listed_and_revoked(tmp_path: Path, influx_server: Influx) -> None:
    (tmp_path / "hutch.toml").write_text(
        f"[influx]\nurl = '{influx_server.url}'\norg = '{influx_server.org}'\nbucket_prefix = 'rotate_'\n"
    )
    folder = tmp_path / "secrets" / "influx"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "operator").write_text(influx_server.token)
    (folder / "operator").chmod(0o600)
    applied = hutch("influx", "apply", cwd=tmp_path)
    assert applied.returncode == 0, applied.stderr
    assert "token of the writer: made" in applied.stdout
    before = (folder / "writer").read_text()
    added = hutch("influx", "token", "add", "writer", cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    assert (folder / "writer").read_text() != before
    listed = hutch("influx", "token", "list", cwd=tmp_path)
    writers = [row.split()[1] for row in listed.stdout.splitlines() if "│ writer" in row]
    assert len(writers) == 2, listed.stdout
    for path in folder.iterdir():
        assert path.read_text().strip() not in listed.stdout
    revoked = hutch("influx", "token", "revoke", writers[0], cwd=tmp_path)
    assert revoked.returncode == 0, revoked.stderr
    assert f"revoked {writers[0]}" in revoked.stdout
    sentence = one_sentence(hutch("influx", "token", "revoke", writers[0], cwd=tmp_path))
    assert f"there is no token '{writers[0]}' of ours" in sentence


def test_apply_without_a_server_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").touch()
    for command in ("apply", "token list"):
        assert "[influx] url is empty" in one_sentence(hutch("influx", *command.split(), cwd=tmp_path))


def test_check_config_tells_of_wrong_kinds_and_a_missing_token_at_once(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text(
        "[influx]\nurl = 'http://127.0.0.1:9'\ntoken_file = 'gone'\n"
        "[[locations]]\nname = 'room'\n"
        "[[collector.sensors]]\nkind = 'crystal-ball'\nname = 'a'\nlocation = 'room'\n"
        "[[vision.cameras]]\nkind = 'eye'\nname = 'b'\nlocation = 'room'\n"
    )
    ended = hutch("check-config", cwd=tmp_path)
    assert ended.returncode == 2
    sensor, camera, token = ended.stderr.splitlines()
    assert "[[collector.sensors]]" in sensor
    assert "[[vision.cameras]]" in camera
    assert "[influx] token_file" in token


def test_a_token_file_that_is_not_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text("[influx]\nurl = 'http://127.0.0.1:9'\ntoken_file = 'gone'\n")
    said = one_sentence(hutch("check-config", cwd=tmp_path))
    assert f"[influx] token_file: {tmp_path / 'gone'} does not exist" in said


@pytest.mark.parametrize("by", ["hutch", "grafana"])
def test_the_files_of_who_warns_are_looked_for(tmp_path: Path, by: str) -> None:
    """Grafana gets tokens and passwords another way, and Hutch reads none of these files then."""
    (tmp_path / "hutch.toml").write_text(
        f"[alerts]\nby = '{by}'\n[[alerts.contacts]]\nname = 'phone'\nkind = 'ntfy'\n"
        "to = 'https://ntfy.example.org/hutch'\ntoken_file = 'gone'\n"
        "[alerts.smtp]\nhost = 'mail.example.org'\nusername = 'ada'\npassword_file = 'gone'\n"
        "sender = 'hutch@example.org'\n"
    )
    ended = hutch("check-config", cwd=tmp_path)
    said = [line for line in ended.stderr.splitlines() if line.endswith("does not exist")]
    if by == "grafana":
        assert (ended.returncode, said) == (0, [])
        return
    assert ended.returncode == 2
    password, token = said
    assert "[alerts.smtp] password_file" in password
    assert "[[alerts.contacts]] phone: token_file" in token


def test_a_folder_that_cannot_be_made_is_told_without_numbers(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").touch()
    (tmp_path / "file").touch()
    said = one_sentence(hutch("export", "file/x", cwd=tmp_path))
    assert said == "hutch: file/x/export.part cannot be used (not a directory)"


def test_the_version_is_told(tmp_path: Path) -> None:
    ended = hutch("--version", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, f"hutch {version('hutch-monitor')}\n")


def test_ctrl_c_while_hutch_is_being_loaded_is_one_line() -> None:
    code = """
import sys
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "hutch.commands":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from hutch.__main__ import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "hutch: interrupted\n")
