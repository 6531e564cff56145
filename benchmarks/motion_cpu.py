"""Processor time per frame, decoding included, beside Debian's `motion` on the same recording.

Makes a 720p, 15 fps H.264 recording of the scripted room with a sensor's noise on it, has both look at it
by turns and prints the medians, their ratio and the moments that each found. Both are counted from the
moment they have opened the recording until its end. `motion` plays a file in real time, so that a round
takes as long as the recording.

Ours is decoder and pipeline; ring, recorder and live view are not in it, as recording and streaming are off
in `motion`. Our decoder leaves out H.264's deblocking, which `motion` cannot be told: the second row is
ours with it. What ours calls an event must touch every moment that `motion` found, and must not cover more
than a tenth of the time in which the script shows nobody.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil

from vision.cameras.file import FileCamera, FileOptions
from vision.cameras.painter import HEIGHT, WIDTH, Painter
from vision.cameras.script import Script
from vision.decoder import Decoder
from vision.pipeline import Closed, Pipeline

BAR = 0.65
FPS, ANALYSIS_FPS = 15, 5
NOISE = 3.0  # grey levels of standard deviation: a small sensor in a lit room
EVENT_GAP = 2  # seconds, so that motion tells one moment from the next as we do
MOST_EMPTY = 0.1  # part of the time without anybody that may lie within an event
TOLERANCE = 1.5  # seconds: motion's moments are read off its log while it plays

Moment = tuple[float, float]


@dataclass(frozen=True)
class Run:
    """What one run over the recording took and found."""

    ms_per_frame: float
    moments: list[Moment]


def make_recording(path: Path, seconds: int) -> None:
    """Paint, add noise, encode with deblocking and CABAC as a camera's encoder does."""
    chance = np.random.default_rng(1)
    margin = 97
    noise = chance.normal(0, NOISE, (HEIGHT + margin, WIDTH + margin)).astype(np.int16)
    painter, script = Painter(), Script()
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "crf": "23", "bf": "0"}
        video = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.gop_size = 2 * FPS
        for number in range(seconds * FPS):
            picture = np.asarray(painter.paint(script.poses(number / FPS)), np.uint8)
            down, across = chance.integers(0, margin, 2)
            grain = noise[down : down + HEIGHT, across : across + WIDTH]
            picture[:HEIGHT] = np.clip(picture[:HEIGHT] + grain, 0, 255)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode())


def see(path: Path, deblock: bool) -> None:
    """Our run, in a process of its own: prints what it took as JSON."""
    stream = FileCamera("file", FileOptions(path=path, pace=False, start=0)).open()
    if deblock:  # a context that is open already is taken as it is
        stream.video.codec_context.thread_count = 1
        stream.video.codec_context.open()
    decoder, pipeline = Decoder(stream.video), Pipeline("camera", "room", analysis_fps=ANALYSIS_FPS)
    began, frames, changes = time.process_time(), 0, []
    for packet in stream.packets():
        for frame, at in decoder.frames(packet):
            frames += 1
            changes += pipeline.see(frame, at)
    changes += pipeline.close()
    events = [change.event for change in changes if isinstance(change, Closed)]
    spent = time.process_time() - began
    moments = [(event.start.timestamp(), event.end.timestamp()) for event in events]
    print(json.dumps({"cpu": spent, "frames": frames, "looks": pipeline.looks, "moments": sorted(moments)}))


def run_ours(path: Path, seconds: int, *, deblock: bool = False) -> Run:
    """One run of our pipeline."""
    command = [sys.executable, "-m", "benchmarks.motion_cpu", "--see", str(path)]
    command += ["--deblock"] if deblock else []
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told["frames"] == seconds * FPS, f"only {told['frames']} frames were decoded"
    assert told["looks"] >= ANALYSIS_FPS * seconds, f"only {told['looks']} frames were looked at"
    return Run(told["cpu"] / told["frames"] * 1000, [(start, end) for start, end in told["moments"]])


def run_motion(path: Path, seconds: int, folder: Path) -> Run:
    """One run of `motion`, detection only; its moments are placed by how far it had come by then."""
    settings = folder / "motion.conf"
    settings.write_text(
        f"daemon off\nsetup_mode off\ntarget_dir {folder}\nnetcam_url file://{path}\n"
        f"width {WIDTH}\nheight {HEIGHT}\nframerate {FPS}\nevent_gap {EVENT_GAP}\nlog_level 6\n"
        "movie_output off\npicture_output off\nwebcontrol_port 0\nstream_port 0\n"
    )
    process = subprocess.Popen(
        ["motion", "-n", "-c", str(settings)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    told: list[tuple[str, float]] = []
    opened = spent = 0.0
    try:
        for line in process.stderr:
            now = time.monotonic()
            if re.search(r"Camera .*connected", line) and not opened:
                opened, spent = now, _cpu(process.pid)
            elif "starting event" in line or "End of event" in line:
                told.append(("start" if "starting" in line else "end", now - opened))
            elif "Reconnecting" in line:
                spent = _cpu(process.pid) - spent
                break
        else:
            raise SystemExit("motion ended before the recording did")
        played = time.monotonic() - opened
    finally:
        process.terminate()
        process.communicate(timeout=30)
    return Run(spent / (seconds * FPS) * 1000, _moments(told, seconds / played, seconds))


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _moments(told: list[tuple[str, float]], pace: float, seconds: float) -> list[Moment]:
    moments, start = [], None
    for what, at in [*told, ("end", seconds / pace + EVENT_GAP)]:
        if what == "start":
            start = at * pace
        elif start is not None:
            moments.append((start, max(start, at * pace - EVENT_GAP)))
            start = None
    return moments


def missed(theirs: list[Moment], ours: list[Moment]) -> list[Moment]:
    """The moments of ``theirs`` that no moment of ``ours`` touches."""
    return [
        (start, end)
        for start, end in theirs
        if not any(begin <= end + TOLERANCE and start <= until + TOLERANCE for begin, until in ours)
    ]


def empty_covered(ours: list[Moment], seconds: int) -> float:
    """The part of the time without anybody, by the script, that lies within an event of ours."""
    visits = [(visit.start - TOLERANCE, visit.end + TOLERANCE) for visit in Script().visits(seconds)]

    def within(moments: list[Moment], at: float) -> bool:
        return any(start <= at <= end for start, end in moments)

    empty = [tenth / 10 for tenth in range(seconds * 10) if not within(visits, tenth / 10)]
    return sum(within(ours, at) for at in empty) / len(empty)


def _listed(moments: list[Moment]) -> str:
    return ", ".join(f"{start:.0f}-{end:.0f}" for start, end in moments) or "none"


def main() -> None:
    """Make the recording, run both by turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=180, help="length of the recording")
    arguments.add_argument("--rounds", type=int, default=3, help="the median of so many is printed")
    arguments.add_argument("--see", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--deblock", action="store_true", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.see:
        see(asked.see, asked.deblock)
        return
    if not shutil.which("motion"):
        raise SystemExit("motion is not installed; on Debian: apt-get install --no-install-recommends motion")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "room.mp4"
        make_recording(path, asked.seconds)
        megabits = path.stat().st_size * 8 / asked.seconds / 1e6
        what = f"{asked.seconds} s of {WIDTH} x {HEIGHT} at {FPS} fps, {megabits:.1f} Mbit/s"
        print(f"{what}, {asked.rounds} rounds by turns")
        ours, full, theirs = [], [], []
        for _round in range(asked.rounds):
            ours.append(run_ours(path, asked.seconds))
            full.append(run_ours(path, asked.seconds, deblock=True))
            theirs.append(run_motion(path, asked.seconds, folder))
    mine, deblocked, other = (
        statistics.median(run.ms_per_frame for run in runs) for runs in (ours, full, theirs)
    )
    lost = missed([moment for run in theirs for moment in run.moments], ours[0].moments)
    empty = max(empty_covered(run.moments, asked.seconds) for run in ours)
    print(
        f"hutch   {mine:.2f} ms a frame, looking at {ANALYSIS_FPS} a second; found {_listed(ours[0].moments)}"
    )
    print(f"hutch   {deblocked:.2f} ms a frame with deblocking; ratio {deblocked / other:.2f}")
    print(f"motion  {other:.2f} ms a frame; found {_listed(theirs[0].moments)}")
    print(f"moments only motion found: {_listed(lost)}")
    print(f"part of the empty time within an event of ours: {empty:.0%} (at most {MOST_EMPTY:.0%})")
    print(f"ratio   {mine / other:.2f} (bar: at most {BAR})")
    if lost or empty > MOST_EMPTY or mine / other > BAR:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
