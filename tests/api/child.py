"""A server as a process of its own over the home in a folder: ``python -m tests.api.child FOLDER``.

Prints the port it serves, and when SIGTERM ended it a JSON object: ``peak`` memory in bytes, and ``heavy``
modules that were imported. It is the process of the tests of memory and of kill -9.
"""

import json
import re
import resource
import signal
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api.config import ApiSection
from api.context import Context
from api.server import listen, serve
from collector.config import SpoolSection
from collector.spool import Spool
from influx.config import InfluxSection, Retention
from influx.connect import connect
from vision.config import ClipsSection
from vision.connect import connect as connect_clips


def peak() -> int:
    """Most bytes this process ever held. Linux counts in ``getrusage`` what the parent held at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(kilobytes) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


folder = Path(sys.argv[1])
store = connect(InfluxSection(), folder)
spool = Spool(folder / "spool.sqlite", SpoolSection())
clips = connect_clips(ClipsSection(), folder)
context = Context(
    config=ApiSection(port=0),
    node="pi",
    data_dir=folder,
    timezone=ZoneInfo("UTC"),
    retention=Retention(),
    locations=(),
    sensors=(),
    cameras=(),
    store=store,
    spool=spool,
    clips=clips,
    now=lambda: datetime.now(UTC),
)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
with (
    closing(listen("127.0.0.1", 0)) as listener,
    closing(store),
    closing(spool),
):
    print(listener.getsockname()[1], flush=True)
    serve(context, listener, stop)
heavy = {"numpy", "cv2", "av", "influxdb_client", "minio", "onnxruntime"} & set(sys.modules)
print(json.dumps({"peak": peak(), "heavy": sorted(heavy)}), flush=True)
