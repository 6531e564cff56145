"""Configuration of cameras, clips and what counts as an event."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import ConfigDict, Field

from influx.config import HomePath, Name, Section, Span


class CameraSection(Section):
    """One camera. Keys beyond these belong to its kind, which checks them itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field(description="Which adapter opens it: `scripted`, `file` or `url`.")
    name: Name = Field(description="The camera's name, in every event and clip.")
    location: Name = Field(description="Where it is: the name of a location.")
    analysis_fps: float = Field(
        5.0, ge=1, le=30, description="Frames a second that are looked at for motion."
    )

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the kind."""
        return dict(self.model_extra or {})


class RecorderSection(Section):
    """What a clip holds besides the event itself."""

    pre_roll: Span = Field(timedelta(seconds=5), description="Recorded before the event starts.")
    post_roll: Span = Field(timedelta(seconds=5), description="Recorded after it ends.")
    longest: Span = Field(
        timedelta(minutes=10), description="An event longer than this is closed, and the next begins."
    )


class ClipsSection(Section):
    """Where clips are stored."""

    store: Literal["directory", "s3"] = Field(
        "directory", description="`directory` in the data folder, or `s3`."
    )
    endpoint: str = Field("", description="host:port of the S3 store.")
    bucket: str = Field("hutch-clips", min_length=3, max_length=63, description="The S3 bucket.")
    secure: bool = Field(True, description="Speak TLS to the S3 store.")
    region: str = Field("us-east-1", description="Region, as the S3 store calls itself.")
    credentials_file: HomePath | None = Field(
        None,
        description="File with access key and secret key on two lines; "
        "without it the environment's HUTCH_S3_ACCESS_KEY and HUTCH_S3_SECRET_KEY are used.",
    )


class VisionSection(Section):
    """Cameras, and what becomes of what they see."""

    consent: bool = Field(
        False, description="Everybody who lives here agrees to be recorded; without it no camera opens."
    )
    cameras: tuple[CameraSection, ...] = Field((), description="The cameras of this node.")
    recorder: RecorderSection = Field(default_factory=RecorderSection, description="What a clip holds.")
    clips: ClipsSection = Field(default_factory=ClipsSection, description="Where clips are stored.")
    model: HomePath | None = Field(
        None, description="ONNX model that tells pets from persons; events are found without one too."
    )
