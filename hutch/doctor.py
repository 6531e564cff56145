"""One look over a node: what is there, what is missing, and what to do about it, in sentences."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from collector.clock import Clock
from hutch.config import Config
from hutch.errors import first_line
from vision.address import node_address
from vision.board import Board
from vision.config import CameraSection

GOOD, LOOK, BAD = "good", "look", "bad"
"""All is well; worth a look, and it runs; something does not work."""
_SCARCE = 1_000_000_000
"""Bytes free below which a disk is full before anybody has looked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``state`` is ``good``, ``look`` or ``bad``, ``advice`` what to do."""

    subject: str
    state: str
    sentence: str
    advice: str = ""

    def row(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def examine(config: Config, *, board: Board, clock: Clock, tries: bool) -> Iterator[Finding]:
    """Everything there is to say of this machine; cameras are opened where ``tries``, and with consent."""
    yield _board(board)
    yield _clock(clock)
    yield _disk(config)
    vision = config.vision
    if vision.cameras:
        yield _consent(config)
        yield from _encoder(board)
        yield _model(config)
        yield from _people(config)
    for camera in vision.cameras:
        yield _camera(config, camera, tries=tries and vision.consent)


def _board(board: Board) -> Finding:
    name = board.model or "a machine that does not say what it is, so no Raspberry Pi"
    return Finding("board", GOOD, name)


def _encoder(board: Board) -> Iterator[Finding]:
    from vision.board import HARDWARE, SOFTWARE
    from vision.cameras.encoded import works

    where = "the chip" if board.encoder == HARDWARE else "the processor"
    if not (reason := works(board.encoder)):
        sentence = f"{board.encoder} makes H.264 in {where}, for cameras that send none"
        yield Finding("encoder", GOOD, sentence)
    elif board.encoder == HARDWARE and not works(SOFTWARE):
        advice = "see that your user is in the group video, and that nothing else uses /dev/video11"
        yield Finding(
            "encoder", LOOK, f"{HARDWARE} does not work ({reason}), so {SOFTWARE} makes H.264", advice
        )
    else:
        yield Finding("encoder", BAD, f"{board.encoder} does not work: {reason}", "install Hutch anew")


def _clock(clock: Clock) -> Finding:
    if clock.is_synchronised():
        return Finding("clock", GOOD, "a time server keeps it right")
    if clock.is_right():
        return Finding("clock", LOOK, "right by its battery; no time server keeps it so", "see `timedatectl`")
    advice = "connect it to a network with a time server; until then readings wait"
    return Finding("clock", BAD, "nothing says that it is right", advice)


def _disk(config: Config) -> Finding:
    there = config.data_dir
    while not there.exists():
        there = there.parent
    usage = shutil.disk_usage(there)
    free = 100 * usage.free / usage.total
    sentence = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB are free where {config.data_dir} is"
    if usage.free < _SCARCE:
        return Finding("disk", BAD, sentence, "delete what else is on it; `hutch clips du` tells of clips")
    if config.vision.cameras and free < config.vision.clips.floor:
        advice = f"clips go until {config.vision.clips.floor:g} % are free; see [vision.clips] floor"
        return Finding("disk", LOOK, sentence, advice)
    return Finding("disk", GOOD, sentence)


def _consent(config: Config) -> Finding:
    if config.vision.consent:
        return Finding("consent", GOOD, "everybody agreed to be recorded")
    advice = "set consent = true in [vision] when all who live here agree"
    return Finding("consent", BAD, "nobody said that all agree to be recorded, so no camera opens", advice)


def _model(config: Config) -> Finding:
    detector = config.vision.detector
    if detector.model is None:
        return Finding("model", GOOD, "none; events come from motion alone")
    from vision.detectors.found import BadModel
    from vision.detectors.trial import try_out

    try:
        tried = try_out(detector, looks=5)
    except BadModel as error:
        return Finding("model", BAD, str(error), "until then events come from motion alone")
    except Exception as error:  # noqa: BLE001 -- of a model that is broken inside, or of what runs it
        return Finding(
            "model",
            BAD,
            f"{detector.model.name} cannot run: {first_line(error)}",
            "`hutch models check` tells more",
        )
    sentence = f"{detector.model.name} looks in {1000 * tried.median:.0f} ms on {tried.provider}"
    if tried.too_slow:
        return Finding("model", LOOK, sentence, "that is too slow, and cameras go on without it")
    return Finding("model", GOOD, sentence)


def _people(config: Config) -> Iterator[Finding]:
    from vision.faces.finder import NoFaces, weights
    from vision.faces.looks import gallery_in

    people = gallery_in(config.data_dir).people()
    if not people:
        return
    sentence = f"known by the face: {', '.join(person.name for person in people)}"
    try:
        weights()
    except NoFaces as error:
        nobody = "; no camera looks for them, and nobody is left out"
        yield Finding("people", BAD, f"{sentence}{nobody}", str(error))
    else:
        yield Finding("people", GOOD, sentence)


def _camera(config: Config, camera: CameraSection, *, tries: bool) -> Finding:
    from vision.cameras import read_options

    subject = f"camera {camera.name}"
    running = _running(config, camera)
    if running is not None:
        return _told(subject, running)
    options = read_options(camera)
    if lacks := options.lacks():
        return Finding(subject, BAD, lacks)
    if not tries:
        advice = "`hutch doctor --try` opens it" if config.vision.consent else ""
        return Finding(subject, GOOD, f"{camera.kind}: what it needs is there; it was not opened", advice)
    from vision.cameras.trial import try_camera

    tried = try_camera(camera.name, options.camera(camera.name))
    if tried.failure:
        return Finding(subject, BAD, tried.failure)
    sentence = (
        f"{tried.width} x {tried.height} {tried.codec}, {tried.fps:.0f} pictures a second, "
        f"{100 * tried.luma:.0f} % bright"
    )
    return Finding(subject, GOOD, sentence)


def _told(subject: str, told: dict[str, Any]) -> Finding:
    """What a camera's process that runs says: who holds the camera knows best."""
    if told["state"] == "running":
        size = f"{told['width']} x {told['height']}"
        return Finding(subject, GOOD, f"runs: {size}, {told['fps']:.0f} pictures a second")
    state = LOOK if told["state"] == "starting" else BAD
    return Finding(subject, state, f"runs, and is {told['state']}: {told['reason']}".rstrip(": "))


def _running(config: Config, camera: CameraSection) -> dict[str, Any] | None:
    import httpx

    address = node_address(config.data_dir, camera.name)
    if not address.exists():
        return None
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(address)), timeout=3) as client:
            told = client.get("http://camera/status").raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
    return told if isinstance(told, dict) else None
