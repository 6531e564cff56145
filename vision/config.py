"""Configuration of cameras, clips and what counts as an event."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    ByteSize,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from influx.config import HomePath, Name, Section
from influx.pet_names import NewPetName
from vision.hours import ALWAYS, Hours
from vision.zones import Polygon, Zone

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:(?P<port>[0-9]{1,5}))?")
_BUCKET = re.compile(r"(?!.*\.\.)(?![0-9]+(\.[0-9]+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


LayoutName = Literal["nanodet", "yolox", "rf-detr", "d-fine", "ssd"]
LAYOUT_NAMES: tuple[str, ...] = get_args(LayoutName)
"""The layouts of models that there are adapters for."""


def _either(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


class CameraSection(Section):
    """One camera. Keys beyond these belong to its kind, which checks them itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field(
        description="Which adapter opens it: `picamera2`, `rpicam`, `v4l2`, `rtsp`, `http`, `url`, `file` or "
        "`scripted`; docs/cameras.md tells which is for which."
    )
    name: Name = Field(description="The camera's name, in every event and clip.")
    location: Name = Field(description="Where it is: the name of a location.")
    analysis_fps: float = Field(
        5.0, ge=1, le=30, description="Frames a second that are looked at for motion."
    )
    record: str = Field(
        ALWAYS,
        description='When it records clips: `always`, `never`, or hours of the home such as "22:00-07:00"; '
        "events outside them have a snapshot.",
    )
    sound: str = Field(
        "",
        description="Where calls of pets are listened for: an address in FFmpeg's words, often the camera's "
        "own, or `alsa:hw:1` for a microphone of this machine. No sound is kept; without it nothing listens.",
    )
    zones: tuple[Zone, ...] = Field(
        (),
        description="What places in the picture are for: `food`, `water`, `bed`, `door`, `litter`, `perch`, "
        "`other`; corners as parts of the picture, from 0 at the left and top to 1.",
    )
    masks: tuple[Polygon, ...] = Field(
        (), description="Areas whose motion is never looked at: a television, a street behind the window."
    )

    pet: NewPetName | None = Field(
        None,
        description="The only pet that it ever sees, as in a cage: what moves is that pet, unless a model "
        "sees a person.",
    )

    @field_validator("zones")
    @classmethod
    def _zones_are_told_apart(cls, zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
        names = [zone.name for zone in zones]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two are called {name!r}; each needs a name of its own")
        return zones

    @field_validator("record")
    @classmethod
    def _says_hours(cls, record: str) -> str:
        Hours.parse(record)
        return record

    @property
    def hours(self) -> Hours:
        """When it records."""
        return Hours.parse(self.record)

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the kind."""
        return dict(self.model_extra or {})


def _bounded_roll(length: timedelta) -> timedelta:
    if not timedelta(0) <= length <= timedelta(minutes=1):
        raise ValueError("must be from 0 to 60 s")
    return length


def _bounded_event(length: timedelta) -> timedelta:
    if not timedelta(seconds=10) <= length <= timedelta(hours=1):
        raise ValueError("must be from 10 s to an hour")
    return length


Roll = Annotated[timedelta, AfterValidator(_bounded_roll)]
"""What is recorded around an event: a minute at most, as in Frigate (its MAX_PRE_CAPTURE)."""


class RecorderSection(Section):
    """What a clip holds besides the event itself."""

    pre_roll: Roll = Field(
        timedelta(seconds=5),
        description="Recorded before the event starts: 0 to 60 s, as far as 24 MiB of memory go.",
    )
    post_roll: Roll = Field(timedelta(seconds=5), description="Recorded after it ends: 0 to 60 s.")
    longest: Annotated[timedelta, AfterValidator(_bounded_event)] = Field(
        timedelta(minutes=10),
        description="An event longer than this is closed, and the next begins: 10 s to an hour.",
    )


def _bounded_every(every: timedelta) -> timedelta:
    if not timedelta(seconds=5) <= every <= timedelta(hours=1):
        raise ValueError("must be from 5 s to an hour")
    return every


def _bounded_film(length: timedelta) -> timedelta:
    if not timedelta(seconds=5) <= length <= timedelta(minutes=10):
        raise ValueError("must be from 5 s to 10 minutes")
    return length


class TimelapseSection(Section):
    """A film of each day a camera, made of pictures when the day is over."""

    on: bool = Field(True, description="Whether cameras make it.")
    every: Annotated[timedelta, AfterValidator(_bounded_every)] = Field(
        timedelta(minutes=1),
        description="Between two pictures: 5 s to an hour; longer where a day has more than a film can show.",
    )
    length: Annotated[timedelta, AfterValidator(_bounded_film)] = Field(
        timedelta(minutes=1), description="The film's, at most: 5 s to 10 minutes."
    )
    fps: int = Field(24, ge=5, le=60, description="Pictures a second of the film.")

    @property
    def pictures(self) -> int:
        """How many pictures a film shows at most."""
        return max(1, round(self.length.total_seconds() * self.fps))


class ClipsSection(Section):
    """Where clips are stored."""

    store: Literal["directory", "s3"] = Field(
        "directory", description="`directory` in the data folder, or `s3`."
    )
    endpoint: str = Field("", description="host:port of the S3 store.")
    bucket: str = Field(
        "hutch-clips",
        description="The S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens.",
    )
    secure: bool = Field(True, description="Speak TLS to the S3 store.")
    region: str = Field("us-east-1", description="Region, as the S3 store calls itself.")
    credentials_file: HomePath | None = Field(
        None,
        description="File with access key and secret key on two lines; "
        "without it the environment's HUTCH_S3_ACCESS_KEY and HUTCH_S3_SECRET_KEY are used.",
    )

    budget: ByteSize | None = Field(
        None,
        ge=1_000_000,
        description="Most bytes that clips and snapshots may take, as a number or such as `50 GB`; "
        "without it only `floor` bounds those in a folder, and nothing those in a bucket.",
    )
    floor: float = Field(
        20,
        ge=0,
        le=95,
        description="Per cent of the disk that stay free: the least valuable clips in the folder go before. "
        "A bucket has no disk to ask.",
    )

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, endpoint: str, info: ValidationInfo) -> str:
        if not endpoint:
            if info.data.get("store") == "s3":
                raise ValueError('is missing; store = "s3" needs one')
            return endpoint
        found = _HOST.fullmatch(endpoint)
        if found is None or not 0 < int(found["port"] or 443) < 65536:
            raise ValueError("is no host:port; write one like nas.local:9000, without http:// and path")
        return endpoint

    @field_validator("bucket")
    @classmethod
    def _is_a_bucket(cls, bucket: str) -> str:
        """By Amazon's rules for names of general purpose buckets, which S3 stores share."""
        if _BUCKET.fullmatch(bucket) is None:
            raise ValueError(
                f"{bucket!r} is no name of a bucket; "
                "write 3 to 63 lower-case letters, digits, single dots and hyphens, "
                "a letter or digit first and last, and no IP address"
            )
        return bucket


class DetectorSection(Section):
    """The model that tells pets from persons; events are found without one too."""

    model: HomePath | None = Field(
        None, description="File of the model, in ONNX or for a Coral; `hutch models` lists and fetches some."
    )
    layout: LayoutName | None = Field(
        None, description="How the model is read: `nanodet`, `yolox`, `rf-detr`, `d-fine` or `ssd`."
    )
    labels: HomePath | None = Field(
        None, description="File with the model's classes, one a line; COCO's where unset."
    )
    provider: str = Field(
        "auto",
        pattern=r"^(auto|cpu|hailo|coral|[A-Za-z]+ExecutionProvider)$",
        description="What runs it: `cpu`, `coral`, `hailo`, another of onnxruntime's execution providers "
        "by its name, or `auto` for the fastest that is there.",
    )
    sure: float = Field(0.35, ge=0.05, le=0.95, description="Least score that counts, 0 to 1.")
    pets: tuple[str, ...] = Field(
        ("cat", "dog", "bird"), min_length=1, description="The model's classes that are pets here."
    )

    @model_validator(mode="after")
    def _is_read_somehow(self) -> "DetectorSection":
        if self.model is not None and self.layout is None:
            raise ValueError(f"layout is missing: write how the model is read, {_either(LAYOUT_NAMES)}")
        return self


class VisionSection(Section):
    """Cameras, and what becomes of what they see."""

    consent: bool = Field(
        False, description="Everybody who lives here agrees to be recorded; without it no camera opens."
    )
    cameras: tuple[CameraSection, ...] = Field((), description="The cameras of this node.")
    recorder: RecorderSection = Field(default_factory=RecorderSection, description="What a clip holds.")
    timelapse: TimelapseSection = Field(default_factory=TimelapseSection, description="A film of each day.")
    clips: ClipsSection = Field(default_factory=ClipsSection, description="Where clips are stored.")
    detector: DetectorSection = Field(
        default_factory=DetectorSection, description="What tells pets from persons."
    )

    @model_validator(mode="before")
    @classmethod
    def _model_has_moved(cls, section: Any) -> Any:
        if isinstance(section, dict) and "model" in section:
            raise ValueError(
                f'model has a section of its own: write model = "{section["model"]}" and layout = "nanodet" '
                "below [vision.detector]"
            )
        return section
