"""Listens to a broker: what it delivers is acknowledged only when the spool has it on the disk.

The session at the broker outlives the connection, so that what was not acknowledged comes again after a
death or an outage of either side. One thread does everything; nothing here is called from another.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from paho.mqtt.client import MQTTMessage
from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from collector.clock import Stamp
from collector.mqtt.config import MqttSection
from collector.mqtt.connection import BrokerLost, Connection, password_of, tls_of
from collector.mqtt.message import BadMessage, Dated, Message, Translator
from collector.retrying import retrying
from collector.spool import SpoolError
from influx import points
from influx.config import DEFAULT_RETENTION, Retention
from influx.points import Point
from influx.schema import PIPELINE

logger = logging.getLogger(__name__)

_TURN_SECONDS = 0.25
"""How long a turn waits for a message; also how soon a stop is seen."""
_MOST_AT_ONCE = 100
"""Messages that share one sync of the disk."""
_MOST_WAITING = 1000
"""Messages that wait in memory while the spool is away; the broker repeats only those above QoS 0."""
_CALM_SECONDS, _CATCHING_UP_SECONDS = 1.0, 60.0
"""What had waited at the broker comes at once after connecting; the first silence, or a minute, ends that."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_LASTING_SECONDS = 30.0
"""A connection that ends sooner did not hold: the pauses before the next go on growing."""
_MOST_COMPLAINTS, _TOLD_CHARACTERS = 1000, 200
"""Topics whose mistakes are told, and what is told of each; ever new names fill no log and no memory."""


class Add(Protocol):
    """Takes points, which are on the disk when it returns, or raises ``SpoolError``."""

    def __call__(self, points: Iterable[Point], *, boot: str | None = None) -> None:
        """As ``collector.spool.Spool.add``."""
        ...


@dataclass(frozen=True, slots=True)
class _Arrived:
    message: MQTTMessage
    points: Sequence[Dated]


class Subscriber:
    """Takes what a broker delivers until ``stop``.

    ``stamp`` says when a message arrived, ``hear`` is told each sensor whose readings are on the disk,
    ``retention`` says which times are too old, ``monotonic`` gives seconds that never jump. Raises
    ``SensorError`` where a file of the configuration cannot be read. ``taken`` and ``refused`` count
    messages.
    """

    def __init__(
        self,
        config: MqttSection,
        *,
        node: str,
        add: Add,
        stamp: Callable[[], Stamp],
        stop: threading.Event,
        hear: Callable[[str], None] = lambda _sensor: None,
        retention: Retention = DEFAULT_RETENTION,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.taken = 0
        self.refused = 0
        self._config = config
        self._node = node
        self._password, self._tls = password_of(config), tls_of(config)
        self._translators = [Translator(section, node, retention) for section in config.topics]
        self._add = add
        self._hear = hear
        self._stop = stop
        self._stamp = stamp
        self._monotonic = monotonic
        self._arrived: list[_Arrived] = []
        self._previous: list[_Arrived] = []
        self._held: list[Dated] = []
        self._complained: set[str] = set()
        self._up = self._down = self._brief = self._full = self._broken = False
        self._catching_up = False
        self._connected = self._heard = 0.0
        self._retrying = retrying(
            BrokerLost,
            wait=wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE, min=0.2),
            stop=stop,
            note=self._note_down,
        )

    def run(self) -> None:
        """Listen until ``stop``; whatever goes wrong is logged once and tried again."""
        while not self._stop.is_set():
            try:
                self._retrying(self._hold)
            except BrokerLost as lost:
                self._say_down(lost)
            except Exception:  # what listens must outlive any mistake
                if not self._broken:
                    logger.exception("Listening to MQTT broke and is tried again")
                self._broken = True
            self._stop.wait(_FIRST_PAUSE)

    def report(self, now: datetime) -> Point:
        """How many messages were taken and refused since the start, as a point."""
        counts = {"accepted": self.taken, "rejected": self.refused}
        return points.make(PIPELINE, {"node": self._node, "part": "mqtt"}, counts, now)

    def _hold(self) -> None:
        """Connect and listen; raises ``BrokerLost`` where that did not last, for a longer pause."""
        with closing(self._connect()) as connection:
            try:
                self._listen(connection)
            except BrokerLost as lost:
                if not self._lasts():
                    self._say_brief()
                    raise
                self._say_down(lost)

    def _connect(self) -> Connection:
        self._previous += self._arrived
        self._arrived = []
        self._connected = self._heard = self._monotonic()
        self._catching_up = True
        connection = Connection(
            self._config,
            client_id=self._client_id,
            password=self._password,
            tls=self._tls,
            on_message=self._take,
        )
        self._catching_up = self._catching_up and connection.resumed
        # What was not acknowledged comes again, unless the broker has forgotten us or never repeats it.
        forgotten = [each for each in self._previous if each.message.qos == 0 or not connection.resumed]
        self._held += [point for each in forgotten for point in each.points]
        self._previous = []
        for topic, reason in connection.refused.items():
            logger.warning("MQTT broker %s refuses the topic %s: %s", self._name, topic, reason)
        self._connected = self._monotonic()
        if not self._up and not self._down:
            logger.info("MQTT broker %s is there", self._name)
            self._up = True
        return connection

    def _lasts(self) -> bool:
        return self._monotonic() - self._connected >= _LASTING_SECONDS

    def _listen(self, connection: Connection) -> None:
        """Take message after message, and acknowledge them together when none is left or many wait."""
        while not self._stop.is_set():
            before, waiting = len(self._arrived), bool(self._arrived or self._held)
            connection.turn(_TURN_SECONDS if self._full or not waiting else 0)
            if waiting and (len(self._arrived) == before or before >= _MOST_AT_ONCE):
                self._settle(connection)
            self._look_calm()
        self._settle(connection)

    def _settle(self, connection: Connection) -> None:
        """Bring what arrived to the disk, then acknowledge it; it waits while the spool is away."""
        arrived = self._arrived
        try:
            made = [*self._held, *(dated for each in arrived for dated in each.points)]
            for boot in dict.fromkeys(dated.boot for dated in made):
                self._add([dated.point for dated in made if dated.boot == boot], boot=boot)
        except SpoolError as error:
            if not self._full:
                logger.warning("MQTT messages wait unacknowledged: %s", error)
            self._full = True
            return
        if self._full:
            logger.info("The spool takes MQTT messages again")
        self._full = self._broken = False
        self._arrived, self._held = [], []
        for sensor in {dated.point.tags["sensor"] for dated in made}:
            self._hear(sensor)
        self.taken += sum(bool(each.points) for each in arrived)
        for each in arrived:
            connection.acknowledge(each.message)

    def _take(self, message: MQTTMessage, meant: frozenset[str]) -> None:
        """Keep what a message says until it is settled; a bad one is told once a topic, and acknowledged."""
        self._heard = self._monotonic()
        if message.qos == 0 and len(self._arrived) + len(self._held) >= _MOST_WAITING:
            self.refused += 1
            return
        self._arrived.append(_Arrived(message, self._points(message, meant)))

    def _points(self, message: MQTTMessage, meant: frozenset[str]) -> list[Dated]:
        made: list[Dated] = []
        mistakes: list[Exception] = []
        payload, late = bytes(message.payload), self._catching_up
        read = Message(message.topic, payload, self._stamp(), message.retain, late)
        for translator in self._translators:
            if meant and translator.topic not in meant:
                continue
            try:
                found = translator.read(read)
                made += [found] if found else []
            except Exception as error:  # noqa: BLE001 - not acknowledged, it would come first for ever
                mistakes.append(error)
        if mistakes:
            self.refused += 1
            self._complain(message.topic[:_TOLD_CHARACTERS], mistakes[0])
        return made

    def _complain(self, topic: str, mistake: Exception) -> None:
        if topic not in self._complained and len(self._complained) < _MOST_COMPLAINTS:
            self._complained.add(topic)
            # Anything but a bad message is a mistake of ours, whose place we want to know.
            trace = None if isinstance(mistake, BadMessage) else mistake
            told = "MQTT message of %s refused, and none like it is told again: %s"
            logger.warning(told, topic, mistake, exc_info=trace)

    def _look_calm(self) -> None:
        now = self._monotonic()
        if now - self._heard > _CALM_SECONDS or now - self._connected > _CATCHING_UP_SECONDS:
            self._catching_up = False
        if self._down and self._lasts():
            logger.info("MQTT broker %s is back", self._name)
            self._down = self._brief = False

    def _note_down(self, attempt: RetryCallState) -> None:
        if attempt.outcome is not None:
            self._say_down(attempt.outcome.exception())

    def _say_down(self, reason: BaseException | None) -> None:
        if not self._down:
            logger.warning("MQTT broker %s is lost: %s", self._name, reason)
        self._down = True

    def _say_brief(self) -> None:
        """Tell once what it mostly is when one connection after the other ends; not every broker says so."""
        if self._down and not self._brief:
            logger.warning(
                "MQTT broker %s ends one connection after the other; if another calls itself %s, too,"
                " give one of the two another client_id",
                self._name,
                self._client_id,
            )
            self._brief = True

    @property
    def _client_id(self) -> str:
        return self._config.client_id or f"hutch-{self._node}"

    @property
    def _name(self) -> str:
        return ":".join(map(str, self._config.address))
