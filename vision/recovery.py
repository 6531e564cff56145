"""At the start of a camera process: what the last one left behind becomes clips, or says why not."""

import logging
from pathlib import Path

from collector.spool import SpoolError
from influx.disk import make_folder
from vision.events import Event
from vision.finish import finish
from vision.outbox import Outbox
from vision.sidecar import SUFFIX, NoSidecar

logger = logging.getLogger(__name__)


def recover(folder: Path, outbox: Outbox, location: str) -> list[Event]:
    """Finish every recording in ``folder`` and remove debris, there and in the outbox; returns the events.

    Before anything else uses either. A recording that cannot be finished now (a full disk, an event
    that makes no point) stays for the next start.
    """
    events = []
    make_folder(folder)
    kept = set()
    for path in sorted(folder.glob(f"[!.]*{SUFFIX}")):
        try:
            events.append(finish(path, outbox, location))
        except NoSidecar as error:
            logger.warning("%s tells of no event and is removed: %s", path, error)
        except (OSError, SpoolError, ValueError) as error:
            logger.warning("recording of %s cannot be repaired now: %s", path.stem, error)
            kept.add(path.stem)
    for path in folder.iterdir():
        if path.is_file() and path.name.split(".", 1)[0] not in kept:
            path.unlink()
    outbox.tidy(spared=kept)
    if events:
        logger.info("recovered %d recordings: %s", len(events), ", ".join(event.id for event in events))
    return events
