"""One connection to a broker, by paho in the thread of whoever uses it.

Made for MQTT 5: its session ends some time after the connection, and the broker is told how much may be
sent at once and how large a packet may be; 3.1.1 has none of it.
"""

import ssl
import time
import zlib
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.mqtt.config import MqttSection
from collector.mqtt.message import MOST_BYTES
from collector.sensors.reading import SensorError

_UNACKNOWLEDGED = 100
"""Messages that the broker sends ahead of acknowledgements; so many share one sync of the disk."""
_SESSION_SECONDS = 7 * 86_400
"""How long the broker keeps messages for who is away."""
_KEEPALIVE_SECONDS = 30
_ANSWER_SECONDS = 10.0
_OVERHEAD_BYTES = 1024
"""Bytes of a packet beside its payload: topic and properties."""
_UNSPECIFIED = 128
_FAILURE = 128
"""Reason codes from here on are refusals (MQTT 5, section 2.4)."""
_TAKEN_OVER = 0x8E
"""Another has connected with the same client id (MQTT 5, section 3.14.2.1)."""

OnMessage = Callable[[MQTTMessage, frozenset[str]], None]
"""Gets a message and the topic filters that it was sent for; none where the broker does not say."""


class BrokerLost(Exception):
    """The broker cannot be reached, refuses, or went away, for the reason given."""


class _Socket(ssl.SSLSocket):
    """A socket that is closed where the handshake fails; paho leaves that to chance."""

    def do_handshake(self, block: bool = False) -> None:
        """As ``ssl.SSLSocket.do_handshake``."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def tls_of(config: MqttSection) -> ssl.SSLContext | None:
    """How TLS is spoken; None where it is not. Raises ``SensorError`` for a ``ca_file`` that is none."""
    if not config.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        raise SensorError(
            f"[collector.mqtt] ca_file {config.ca_file} cannot be read: {error.strerror or error}"
        ) from None
    context.sslsocket_class = _Socket
    return context


def password_of(config: MqttSection) -> str | None:
    """The password, without the line break at its end; raises ``SensorError`` where it cannot be read."""
    if config.password_file is None:
        return None
    try:
        return config.password_file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SensorError(
            f"[collector.mqtt] password_file {config.password_file} cannot be read: {reason}"
        ) from None


class Connection:
    """Connects, subscribes to every topic of ``config`` and hands each message to ``on_message``.

    Raises ``BrokerLost``. Afterwards ``resumed`` says whether the broker knew us, and so may have kept
    messages, and ``refused`` names the topics that it does not let us have, with the reason.
    """

    def __init__(
        self,
        config: MqttSection,
        *,
        client_id: str,
        password: str | None,
        tls: ssl.SSLContext | None,
        on_message: OnMessage,
    ) -> None:
        self.resumed = False
        self.refused: dict[str, str] = {}
        # Where filters overlap, a broker sends a message for each of them; so each copy says for which.
        self._topics = {_identifier(section.topic): section.topic for section in config.topics}
        self._asked: dict[int, str] = {}
        self._lost, self._name = "", client_id
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = lambda _client, _data, message: on_message(message, self._meant(message))
        if config.username:
            client.username_pw_set(config.username, password)
        if tls is not None:
            client.tls_set_context(tls)
        self._client = client
        try:
            self._open(*config.address)
        except BaseException:
            self.close()
            raise

    def turn(self, seconds: float) -> None:
        """Read and write what there is; wait at most ``seconds`` for it. Raises ``BrokerLost``."""
        code = self._client.loop(seconds)
        if self._lost or code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BrokerLost(self._lost or error_string(code).rstrip("."))

    def acknowledge(self, message: MQTTMessage) -> None:
        """Tell the broker that it may forget ``message``."""
        self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Take leave; the broker keeps the session."""
        self._client.on_disconnect = None
        self._client.disconnect()

    def _open(self, host: str, port: int) -> None:
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = _SESSION_SECONDS
        session.ReceiveMaximum = _UNACKNOWLEDGED
        session.MaximumPacketSize = MOST_BYTES + _OVERHEAD_BYTES
        try:
            self._client.connect(host, port, _KEEPALIVE_SECONDS, clean_start=False, properties=session)
        except (OSError, ValueError) as error:
            raise BrokerLost(f"{getattr(error, 'strerror', None) or error}") from None
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not self._lost and (not self._client.is_connected() or self._asked):
            self.turn(max(0.0, deadline - time.monotonic()))
            if time.monotonic() > deadline:
                raise BrokerLost(f"no answer within {_ANSWER_SECONDS:g} s")

    def _on_connect(
        self, client: Client, _data: Any, flags: ConnectFlags, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            self._lost = f"it refuses: {code}"
            return
        self.resumed = flags.session_present
        # What is retained is as old as it likes: once, when a topic is new to the broker, is enough.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        for identifier, topic in self._topics.items():
            named = Properties(PacketTypes.SUBSCRIBE)
            named.SubscriptionIdentifier = identifier
            _code, number = client.subscribe(topic, options=options, properties=named)
            if number is not None:
                self._asked[number] = topic

    def _on_subscribe(
        self, _client: Client, _data: Any, number: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        topic = self._asked.pop(number, "")
        if codes[0].value >= _FAILURE:
            self.refused[topic] = str(codes[0])

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Any
    ) -> None:
        if code.value == _TAKEN_OVER:
            self._lost = f"another calls itself {self._name}, too; give one of the two another client_id"
        # paho's word for a connection that ended without one of the broker.
        went = "it closed the connection" if code.value == _UNSPECIFIED else f"it went away: {code}"
        self._lost = self._lost or went

    def _meant(self, message: MQTTMessage) -> frozenset[str]:
        # A session may hold subscriptions of an older configuration: their identifiers mean nothing now.
        identifiers = getattr(message.properties, "SubscriptionIdentifier", ())
        return frozenset(self._topics.get(identifier, "") for identifier in identifiers)


def _identifier(topic: str) -> int:
    """A subscription identifier (1 to 268,435,455), the same for a topic after every start."""
    return zlib.crc32(topic.encode()) % 268_435_455 + 1
