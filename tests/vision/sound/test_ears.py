"""Real files with real codecs, and a camera that hears."""

import logging
import threading
import wave
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream

from tests.daemon import wait_until
from tests.needs import lacking
from tests.vision.home import home
from tests.vision.sound.synth import heard
from tests.vision.sources import video
from vision.config import VisionSection
from vision.loop import run
from vision.sound.ears import ALSA, Ears
from vision.sound.frames import RATE
from vision.sound.voice import MEOW, Call

SOUND = heard("meows", -12, 100)


def wav(path: Path) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes((SOUND * 32767).astype("<i2").tobytes())
    return path


def aac(path: Path) -> Path:
    """As cameras send it: 44.1 kHz stereo in AAC."""
    at = np.arange(0, len(SOUND), RATE / 44_100)
    both = np.tile(np.interp(at, np.arange(len(SOUND)), SOUND).astype(np.float32), (2, 1))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44_100)
        assert isinstance(stream, AudioStream)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
        frame.sample_rate = 44_100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def listen(source: str) -> list[tuple[Call, float]]:
    """The first call in ``source``."""
    found: list[tuple[Call, float]] = []
    ears = Ears("hall", source, lambda call, at: found.append((call, at)), pace=False)
    wait_until(lambda: bool(found), 20)
    ears.close()
    return found


@pytest.mark.parametrize("make", [wav, aac])
def test_a_call_in_a_real_file_is_heard(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    found = listen(str(make(tmp_path / "sound.mp4" if make is aac else tmp_path / "sound.wav")))
    assert found[0][0].kind == MEOW


def test_a_source_that_is_missing_is_said_once_and_heard_when_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[Call] = []
    path = tmp_path / "sound.wav"
    with caplog.at_level(logging.INFO, "vision.sound"):
        ears = Ears("hall", str(path), lambda call, _at: found.append(call), pace=False)
        assert wait_until(lambda: bool(caplog.records), 10)
        wav(path)
        assert wait_until(lambda: bool(found), 30)
        ears.close()
    said = [record.message for record in caplog.records]
    assert said[:2] == ["camera hall has no sound: No such file or directory", "camera hall has sound again"]


def test_the_sound_devices_of_this_machine_are_known(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if not Path(ALSA).exists():
        lacking(f"there is no list of sound devices ({ALSA}, in libasound2-data)")
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    ears = Ears("hall", "alsa:null", lambda _call, _at: None)
    assert not wait_until(lambda: bool(caplog.records), 2), caplog.text
    ears.close()


def test_a_source_without_sound_is_said_and_its_address_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = video(tmp_path / "secret.mp4", 2)
    ears = Ears("hall", str(path), lambda _call, _at: None)
    assert wait_until(lambda: bool(caplog.records), 10)
    ears.close()
    assert caplog.records[0].message == "camera hall has no sound: there is none in its source"


def test_a_camera_that_hears_a_cat_keeps_the_moment_and_no_sound_of_it(tmp_path: Path) -> None:
    camera: dict[str, object] = {"kind": "file", "name": "cage", "location": "room"}
    camera |= {
        "path": video(tmp_path / "still.mp4", 60, walk=(99, 100)),
        "sound": str(wav(tmp_path / "s.wav")),
    }
    section = VisionSection.model_validate(
        {"consent": True, "cameras": [camera], "recorder": {"pre_roll": 2, "post_roll": 1}}
    )
    stop = threading.Event()
    with home(tmp_path / "data") as cage:
        process = partial(run, section.cameras[0], section, node="pi", data_dir=tmp_path / "data")
        watching = threading.Thread(
            target=process, kwargs={"spool": cage.spool, "clips": cage.clips, "stop": stop}
        )
        watching.start()
        known = wait_until(lambda: any(one["clip_state"] == "stored" for one in cage.events().values()), 50)
        stop.set()
        watching.join(30)
        assert known
        event = next(iter(cage.events().values()))
        assert event["event_type"] == "vocalizing"
        with av.open(str(tmp_path / "data" / "clips" / str(event["clip"]))) as clip:
            assert [stream.type for stream in clip.streams] == ["video"]
    files = [path.suffix for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not {".wav", ".aac", ".mp3", ".ogg", ".flac"} & set(files)
