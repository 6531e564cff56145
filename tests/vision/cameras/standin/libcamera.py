"""What the adapter uses of libcamera's Python binding."""


class Transform:
    """How a picture is turned."""

    def __init__(self, hflip: bool = False, vflip: bool = False) -> None:
        self.hflip, self.vflip = hflip, vflip
