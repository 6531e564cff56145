from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from tests.vision.identity.coats import BLACK, GINGER, GREEN, Colour
from vision.identity.album import KEPT
from vision.identity.colour import signature
from vision.identity.learning import NothingToLearn, album_of

SIZE = (640, 360)


def clip(path: Path, *coats: Colour, grey: bool = False, seconds: float = 9) -> Path:
    """A clip of a room: three seconds of nobody, then patches of ``coats`` that cross it side by side."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "20"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(round(seconds * 10)):
            shown = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
            shown[:] = GREEN
            shown[:, :200] = (150, 160, 170)
            left = 40 + (number - 30) * 7
            for row, coat in enumerate(coats if number >= 30 else ()):
                patch = shown[60 + row * 150 : 140 + row * 150, left : left + 110]
                patch[:] = coat
                patch[::3] = np.array(coat) * 0.6 + 90  # fur: what is all one shade may be a shadow
            if grey:
                shown[:] = shown.mean(2, keepdims=True)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="bgr24")))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("coat", [GINGER, BLACK])
def test_who_crosses_a_clip_is_cut_out_of_it(tmp_path: Path, coat: Colour) -> None:
    album = album_of(clip(tmp_path / "clip.mp4", coat))
    assert not album.infrared
    assert len(album.crops) == KEPT
    for crop in album.crops:
        assert np.abs(np.median(crop.picture[crop.mask == 255], axis=0) - coat).max() < 25
        assert signature(crop) is not None


def test_a_clip_by_night_says_so(tmp_path: Path) -> None:
    assert album_of(clip(tmp_path / "clip.mp4", GINGER, grey=True)).infrared


def test_of_two_nothing_is_learnt(tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn, match="more than one moves"):
        album_of(clip(tmp_path / "clip.mp4", GINGER, BLACK))


def test_of_nobody_nothing_is_learnt(tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn, match="nothing moves"):
        album_of(clip(tmp_path / "clip.mp4"))


def test_what_is_no_clip_is_said(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("no clip")
    with pytest.raises(NothingToLearn, match="cannot be read"):
        album_of(tmp_path / "clip.mp4")
