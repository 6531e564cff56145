"""Watchers get the newest picture, encoded once; nobody waits for anybody."""

import threading
from datetime import UTC, datetime

import av
import cv2
import numpy as np

from vision.live import LiveView
from vision.picture import jpeg


def frame(shade: int, width: int = 160, height: int = 120) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), shade, np.uint8), format="rgb24")


def shade(data: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None, "this is no JPEG"
    return float(picture.mean())


def test_there_is_nothing_before_the_first_frame() -> None:
    live = LiveView()
    assert live.newest() is None
    assert live.seq == 0


def test_the_newest_frame_is_shown_with_its_time() -> None:
    live = LiveView()
    live.publish(frame(50), 1_780_000_000.0)
    live.publish(frame(200), 1_780_000_000.5)
    shown = live.newest()
    assert shown is not None
    assert abs(shade(shown.data) - 200) < 3
    assert (shown.seq, shown.at) == (2, datetime(2026, 5, 28, 20, 26, 40, 500_000, UTC))


def test_many_who_ask_at_once_share_one_encoding() -> None:
    live = LiveView()
    live.publish(frame(50, 1280, 720), 5.0)
    barrier, got = threading.Barrier(4), []

    def ask() -> None:
        barrier.wait()
        got.append(live.newest())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(shown) for shown in got}) == 1, "the same frame was encoded more than once"


def test_a_lost_camera_shows_nothing_old() -> None:
    live = LiveView()
    live.publish(frame(50), 5.0)
    assert live.newest() is not None
    live.clear()
    assert live.newest() is None


def test_watchers_are_woken_until_they_leave() -> None:
    live, woken = LiveView(), []
    leave = live.subscribe(lambda: woken.append("one"))
    live.subscribe(lambda: woken.append("two"))
    live.publish(frame(1), 1.0)
    assert sorted(woken) == ["one", "two"]
    leave()
    live.publish(frame(2), 2.0)
    assert woken.count("one") == 1
    live.close()
    assert woken.count("two") == 3
    assert live.closed


def test_a_picture_for_people_is_at_most_1280_wide_in_its_own_shape() -> None:
    for size, expected in [((1920, 1080), (1280, 720)), ((640, 480), (640, 480)), ((2000, 2), (1280, 1))]:
        picture = cv2.imdecode(np.frombuffer(jpeg(frame(90, *size)), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert (picture.shape[1], picture.shape[0]) == expected
