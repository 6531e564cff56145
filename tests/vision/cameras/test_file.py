import threading
import time
from pathlib import Path

import av
import pytest

from tests.vision.sources import video
from vision.cameras.file import FileCamera, FileOptions
from vision.decoder import Decoder
from vision.stream import CameraLost, TimedPacket


def camera(path: Path, *, pace: bool = False, loop: bool = False, start: float | None = 1000.0) -> FileCamera:
    return FileCamera("hall", FileOptions(path=path, pace=pace, loop=loop, start=start), now=lambda: 5000.0)


def test_a_file_is_read_from_its_start_to_its_end_as_fast_as_it_goes(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 3)).open()
    assert stream.ends
    packets = list(stream.packets())
    assert [packet.time for packet in packets] == pytest.approx([1000 + n / 10 for n in range(30)])
    assert packets[0].packet.is_keyframe


def test_it_starts_now_where_no_start_is_set(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 1), start=None).open()
    assert next(iter(stream.packets())).time == 5000.0
    stream.close()


def test_pictures_out_of_order_get_the_times_they_were_taken_at(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 3, b_frames=2)).open()
    decoder, times, packets = Decoder(stream.video), [], []
    for timed in stream.packets():
        packets.append(timed.time)
        times += [at for _frame, at in decoder.frames(timed)]
    assert packets == sorted(packets)
    assert times == pytest.approx([1000 + n / 10 for n in range(len(times))], abs=0.001)
    assert len(times) >= 25


def test_each_opening_plays_it_again(tmp_path: Path) -> None:
    source = camera(video(tmp_path / "a.mp4", 1))
    assert [len(list(source.open().packets())) for _ in range(2)] == [10, 10]


def test_a_loop_goes_on_in_time_and_can_be_decoded(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 1), loop=True).open()
    assert not stream.ends
    decoder, times, packets = Decoder(stream.video), [], stream.packets()
    ticks = []
    for _ in range(35):
        timed = next(packets)
        ticks.append(timed.packet.dts or 0)
        times += [at for _frame, at in decoder.frames(timed)]
    stream.close()
    assert times == pytest.approx([1000 + n / 10 for n in range(35)], abs=0.01)
    assert ticks == sorted(set(ticks)), "decoding times must go on growing"


def test_it_is_played_in_real_time(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 1), pace=True).open()
    began = time.monotonic()
    assert len(list(stream.packets())) == 10
    assert time.monotonic() - began >= 0.9


def test_closing_ends_the_packets_at_once(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 60, gop=600), pace=True).open()
    got: list[TimedPacket] = []
    reader = threading.Thread(target=lambda: got.extend(stream.packets()))
    reader.start()
    stream.close()
    stream.close()
    reader.join(10)
    assert not reader.is_alive(), "close did not end the packets"
    assert len(got) < 100


def test_a_missing_file_is_a_lost_camera(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match=r"camera 'hall': .*none\.mp4 cannot be opened: No such file"):
        camera(tmp_path / "none.mp4").open()


def test_a_file_that_is_no_video_is_a_lost_camera(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(CameraLost, match=r"camera 'hall': .*cannot be opened"):
        camera(tmp_path / "a.mp4").open()


def test_a_file_that_is_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    whole = video(tmp_path / "a.ts", 3).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[: len(whole) * 2 // 3])
    assert 10 <= len(list(camera(tmp_path / "cut.ts").open().packets())) < 30


def test_the_stream_can_be_looked_at_after_its_last_packet(tmp_path: Path) -> None:
    stream = camera(video(tmp_path / "a.mp4", 1)).open()
    assert len(list(stream.packets())) == 10
    with av.open(str(tmp_path / "copy.mp4"), "w") as output:
        assert output.add_stream_from_template(stream.video).width == stream.video.width == 160
    stream.close()
