"""A camera that sends a recording to an RTSP server in real time, over and over: ``… FILE ADDRESS``."""

import sys
import time

import av
from av.video.stream import VideoStream


def main() -> None:
    path, address = sys.argv[1:]
    with av.open(address, "w", format="rtsp", options={"rtsp_transport": "udp"}) as output:
        began, shift = time.monotonic(), 0
        stream: VideoStream | None = None
        while True:
            with av.open(path) as source:
                stream = stream or output.add_stream_from_template(source.streams.video[0])
                end = shift
                for packet in source.demux(video=0):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    end = packet.dts + (packet.duration or 0)
                    time.sleep(max(0.0, began + float(packet.dts * packet.time_base) - time.monotonic()))
                    packet.stream = stream
                    output.mux(packet)
                shift = end


if __name__ == "__main__":
    main()
