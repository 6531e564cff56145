"""Pictures for people: a decoded frame as JPEG. The only place where colour is converted for showing."""

import cv2
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

WIDEST = 1280
QUALITY = 80


def jpeg(frame: VideoFrame, widest: int = WIDEST, quality: int = QUALITY) -> bytes:
    """``frame`` as JPEG, at most ``widest`` pixels wide, of ``quality`` 1 to 100.

    Leaves the frame as it is, so another thread may look at it meanwhile.
    """
    width = min(frame.width, widest)
    height = max(1, round(frame.height * width / frame.width))
    # A reformatter of its own: the frame's is not made for two threads.
    image = VideoReformatter().reformat(frame, width, height, "bgr24").to_ndarray()
    ok, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError(f"a frame of {frame.width} x {frame.height} makes no JPEG")
    return encoded.tobytes()
