"""One process a camera: nobody else touches what it records."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from tests.vision.home import Home, home
from tests.vision.sources import event, packets, video
from vision.config import CameraSection, RecorderSection
from vision.episodes import Closed, Opened
from vision.keeping import CameraBusy, Keeping

CAGE = CameraSection(kind="file", name="cage", location="room")


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        yield made


def keeping(cage: Home, camera: CameraSection = CAGE) -> Keeping:
    return Keeping(camera, RecorderSection(), cage.data_dir, cage.spool, cage.clips)


def test_an_open_recording_is_nobody_elses(cage: Home) -> None:
    source = video(cage.data_dir / "source.mp4", 3)
    with closing(keeping(cage)) as first:
        with av.open(str(source)) as container:
            first.recorder.start(container.streams.video[0])
        for timed in packets(source):
            first.recorder.add(timed)
        first.recorder.change(Opened(event(1, 2)))
        before = sorted(path.name for path in cage.recordings.iterdir())
        with pytest.raises(CameraBusy, match="another process records as camera 'cage'"):
            keeping(cage)
        assert sorted(path.name for path in cage.recordings.iterdir()) == before
        keeping(cage, CAGE.model_copy(update={"name": "den"})).close()
        first.recorder.change(Closed(event(1, 2)))
    keeping(cage).close()
    assert cage.events()[event(1, 2).id]["clip_state"] in ("waiting", "stored")
