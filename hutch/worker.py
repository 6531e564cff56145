"""One process of a running Hutch: ``python -m hutch.worker collector|camera|api --config FILE``.

Each imports only what it needs: a collector never loads OpenCV, nor the API PyAV.
"""

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.sensors import SensorError
from collector.spool import SpoolError, open_spool
from hutch.config import Config, ConfigError, load
from hutch.errors import EXIT_CONFIG, EXIT_IO, HomeError
from hutch.expected import expected
from influx.connect import TokenMissing, connect
from influx.store import StoreError
from vision.clips import ClipsMisconfigured

logger = logging.getLogger(__name__)


PRIVATE = 0o077
"""File mode mask: what a home keeps is nobody else's."""


def set_up_logging(name: str) -> None:
    """Log to stderr, each line with the process it comes from."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format=f"%(asctime)s %(levelname)s {name}: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    for chatty in ("httpx", "uvicorn.access", "libav"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def stop_when_told(stop: threading.Event) -> None:
    """Set ``stop`` on SIGTERM and SIGINT, and when standard input ends because the supervisor died."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def watch_parent() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop.set()

    threading.Thread(target=watch_parent, name="parent", daemon=True).start()


def run_collector(config: Config, stop: threading.Event) -> None:
    """Read the sensors until ``stop``."""
    from collector.loop import run

    store = connect(config.influx, config.data_dir)
    try:
        run(
            config.collector,
            node=config.node,
            data_dir=config.data_dir,
            store=store,
            stop=stop,
            expected=expected(config),
            retention=config.influx.retention,
        )
    finally:
        store.close()


def run_camera(config: Config, name: str, stop: threading.Event) -> None:
    """Watch one camera until ``stop``; raises ``ConfigError`` where there is none of that name."""
    from vision.cameras import BadCamera
    from vision.connect import connect as connect_clips
    from vision.heartbeat import inherited
    from vision.keeping import CameraBusy
    from vision.loop import DriverHangs, run
    from vision.node import AddressTaken

    for camera in config.vision.cameras:
        if camera.name == name:
            break
    else:
        raise ConfigError(f"there is no camera {name!r} in the configuration")
    clips = connect_clips(config.vision.clips, config.data_dir)
    spool = open_spool(config.data_dir, config.collector.spool)
    try:
        run(
            camera,
            config.vision,
            node=config.node,
            data_dir=config.data_dir,
            spool=spool,
            clips=clips,
            stop=stop,
            zone=ZoneInfo(config.timezone),
            heartbeat=inherited(),
        )
    except BadCamera as error:
        raise ConfigError(str(error)) from None
    except (AddressTaken, CameraBusy, DriverHangs) as error:
        raise HomeError(str(error)) from None
    finally:
        spool.close()
        clips.close()


def run_api(config: Config, stop: threading.Event) -> None:
    """Serve the API and its pages until ``stop``."""
    from api.context import Context
    from api.server import run
    from vision.connect import connect as connect_clips

    store = connect(config.influx, config.data_dir)
    clips = connect_clips(config.vision.clips, config.data_dir)
    spool = open_spool(config.data_dir, config.collector.spool)
    try:
        context = Context(
            config=config.api,
            node=config.node,
            data_dir=config.data_dir,
            timezone=ZoneInfo(config.timezone),
            retention=config.influx.retention,
            locations=config.locations,
            sensors=config.collector.timed_sensors,
            cameras=config.vision.cameras,
            store=store,
            spool=spool,
            clips=clips,
            now=lambda: datetime.now(UTC),
        )
        # What stays for ever need not be looked at again whenever an answer has many rows: that took 50 ms.
        gc.freeze()
        run(context, stop=stop)
    finally:
        spool.close()
        clips.close()
        store.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the process that the arguments name; returns its exit code."""
    parser = argparse.ArgumentParser(prog="hutch.worker")
    parser.add_argument("part", choices=("collector", "camera", "api"))
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--name", default="")
    options = parser.parse_args(arguments)
    os.umask(PRIVATE)
    set_up_logging(options.name or options.part)
    stop = threading.Event()
    stop_when_told(stop)
    try:
        config = load(options.config)
        match options.part:
            case "collector":
                run_collector(config, stop)
            case "camera":
                run_camera(config, options.name, stop)
            case _:
                run_api(config, stop)
    except (ConfigError, SensorError, TokenMissing, ClipsMisconfigured) as error:
        logger.error("%s", error)  # noqa: TRY400 -- a sentence for people, no traceback
        return EXIT_CONFIG
    except (StoreError, SpoolError, OSError) as error:
        logger.error("%s", error)  # noqa: TRY400 -- a sentence for people, no traceback
        return EXIT_IO
    return 0


if __name__ == "__main__":
    sys.exit(main())
