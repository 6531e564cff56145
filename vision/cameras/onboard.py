"""What the two ways to the camera on a Raspberry Pi's own connector have in common."""

from pydantic import Field, field_validator

from vision.cameras import Options


class OnboardOptions(Options):
    """Which camera, and what its pictures and their H.264 are like."""

    camera_number: int = Field(
        0, ge=0, description="Which one, as `rpicam-hello --list-cameras` counts them."
    )
    width: int = Field(1280, ge=64, le=1920, multiple_of=2, description="Pixels across.")
    height: int = Field(720, ge=64, le=1080, multiple_of=2, description="Pixels down.")
    fps: int = Field(15, ge=1, le=60, description="Pictures a second.")
    bitrate: int = Field(2_000_000, ge=100_000, le=25_000_000, description="Bits a second at most times.")
    rotation: int = Field(0, description="0, or 180 where it hangs upside down.")
    timeout: float = Field(8.0, gt=0, le=120, description="Seconds without a picture until it is lost.")

    @field_validator("rotation")
    @classmethod
    def _is_half_a_turn(cls, rotation: int) -> int:
        if rotation not in (0, 180):
            raise ValueError("must be 0 or 180; the camera turns no other way")
        return rotation
