"""The collector: every sensor on its own schedule, points into the spool, the spool into the store."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from collector.announce import Announcer
from collector.backlog import Backlog
from collector.config import CollectorSection
from collector.gate import Gate
from collector.health import Health
from collector.mqtt.config import MqttSection
from collector.sampler import Sampler
from collector.sensors import check_sensor, open_sensor
from collector.spool import Spool, open_spool
from collector.writer import Writer
from influx.config import DEFAULT_RETENTION, Retention
from influx.registry import Kind, Thing
from influx.store import Store

if TYPE_CHECKING:
    from collector.mqtt.subscriber import Subscriber

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0
_FAREWELL_SECONDS = 3.0


def run(
    config: CollectorSection,
    *,
    node: str,
    data_dir: Path,
    store: Store,
    stop: threading.Event,
    expected: Sequence[Thing] = (),
    retention: Retention = DEFAULT_RETENTION,
) -> None:
    """Collect until ``stop``; the store and the devices may come and go meanwhile.

    ``expected`` is what the registry is told that this node looks after, ``retention`` how long buckets keep
    their points.
    Raises ``SensorError`` at once for a sensor whose configuration is wrong, ``SpoolUnavailable`` where the
    spool cannot be opened.
    """
    for section in config.sensors:
        check_sensor(section)
    with contextlib.closing(open_spool(data_dir, config.spool)) as spool:
        gate = Gate(spool, config.clock_patience)
        announcer = Announcer(expected, data_dir, spool, gate.stamp)
        backlog = Backlog(spool)
        samplers = [
            Sampler(
                section,
                config.interval,
                node=node,
                open=partial(open_sensor, section, data_dir=data_dir),
                add=backlog.put,
                stamp=gate.stamp,
                stop=stop,
            )
            for section in config.sensors
        ]
        subscriber = _subscriber(config.mqtt, node, spool, gate, announcer, retention, stop)
        writer = Writer(spool, store, node=node, retention=retention, back=announcer.again, stop=stop)
        also = (subscriber.report,) if subscriber else ()
        ours: dict[str, Callable[[], None]] = {
            "writer": writer.run,
            "intake": partial(backlog.run, stop),
            "health": Health(spool, backlog, gate, node, also, stop).run,
        }
        sources = [_start(sampler.name, sampler.run) for sampler in samplers]
        sources += [_start("mqtt", subscriber.run)] if subscriber else []
        kept = {name: _start(name, body) for name, body in ours.items()}
        while not stop.wait(_WATCH_SECONDS):
            announcer.tend()
            for sampler in samplers:
                sampler.watch()
            for name, body in ours.items():
                if not kept[name].is_alive():
                    logger.error("The %s thread died and is started again", name)
                    kept[name] = _start(name, body)
        ours_first = [kept[name] for name in ("intake", "writer", "health")]
        farewell([*ours_first, *sources], _FAREWELL_SECONDS)  # a sensor that hangs is left behind
        if not kept["intake"].is_alive():
            backlog.retry()


def _subscriber(
    config: MqttSection,
    node: str,
    spool: Spool,
    gate: Gate,
    announcer: Announcer,
    retention: Retention,
    stop: threading.Event,
) -> "Subscriber | None":
    if not config.broker:
        return None
    # paho and TLS are some 12 MB, which only who listens to a broker needs.
    from collector.mqtt.subscriber import Subscriber

    def hear(sensor: str) -> None:
        announcer.hear(Thing(Kind.SENSOR, sensor, node))

    return Subscriber(
        config,
        node=node,
        add=partial(spool.add, durable=True),
        hear=hear,
        stamp=gate.stamp,
        retention=retention,
        stop=stop,
    )


def farewell(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait for ``threads`` in their order, ``seconds`` for all of them together."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _start(name: str, body: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    return thread
