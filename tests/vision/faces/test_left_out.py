"""A camera with everything behind it: of somebody who is left out nothing is on the disk."""

import logging
import threading
from functools import partial
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from tests.daemon import wait_until
from tests.vision.faces.portrait import dlib_faces, portrait, walk
from tests.vision.home import home
from tests.vision.sources import START
from vision.config import VisionSection
from vision.faces.finder import Dlib
from vision.faces.looks import gallery_in
from vision.loop import run

__all__ = ["dlib_faces"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody walks through the room for seven seconds."""
    path = tmp_path_factory.mktemp("recording") / "walk.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=5)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "5", "crf": "18"}
        for frame in walk(35):
            frame.pts = None
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("left_out", [False, True])
def test_of_who_is_left_out_nothing_is_on_the_disk(
    dlib_faces: Dlib, recording: Path, tmp_path: Path, left_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (face,) = dlib_faces.find(portrait(), most=1)
    data_dir = tmp_path / "data"
    gallery_in(data_dir).add("eileen", [face.encoding], left_out=left_out)
    camera = {
        "kind": "file",
        "name": "cage",
        "location": "room",
        "path": recording,
        "pace": False,
        "start": START,
    }
    section = VisionSection.model_validate(
        {"consent": True, "cameras": [camera], "timelapse": {"on": True, "every": 5}}
    )
    stop = threading.Event()
    with home(data_dir) as cage:
        camera_process = partial(run, section.cameras[0], section, node="pi", data_dir=data_dir)
        watching = threading.Thread(
            target=camera_process, kwargs={"spool": cage.spool, "clips": cage.clips, "stop": stop}
        )
        with caplog.at_level(logging.INFO, "vision"):
            watching.start()
            assert wait_until(lambda: "the recording has ended" in caplog.text, 60), caplog.text
            stop.set()
            watching.join(30)
        assert not watching.is_alive()
        cage.store_all()
        events = [point.tags["pet"] for point in cage.points("pet_event")]
        assert set(events) == (set() if left_out else {"person"})
        kept = [path.name for path in (data_dir / "clips").rglob("*.*") if path.suffix in {".mp4", ".jpg"}]
        assert bool(kept) is not left_out, kept
        assert cage.leftovers() == []
        assert not (data_dir / "pets").exists()
        taken = [path.name for path in (data_dir / "timelapse").rglob("*.jpg")]
        assert len(taken) == (1 if left_out else 2), "one of the empty room, and one with somebody in it"
