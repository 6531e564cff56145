"""The folders of payloads that real devices publish, and what is to become of them."""

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.clock import Stamp
from collector.mqtt.config import TopicSection
from influx import points

NOW = datetime(2026, 5, 28, 14, 0, tzinfo=UTC)
ARRIVED = Stamp(points.to_ns(NOW))
"""The moment of arrival where the clock is right."""
CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


@dataclass(frozen=True)
class Published:
    """A message of a case; ``refused`` is a part of the reason where it says nothing of use."""

    topic: str
    payload: bytes
    retained: bool
    refused: str


def topics_of(case: Path) -> list[TopicSection]:
    """The entries of the configuration that belong to a case."""
    return [
        TopicSection.model_validate(each)
        for each in tomllib.loads((case / "topics.toml").read_text())["topics"]
    ]


def messages_of(case: Path) -> list[Published]:
    """The messages of a case, in their order."""
    read = [json.loads(line) for line in (case / "messages.jsonl").read_text().splitlines()]
    return [
        Published(
            each["topic"],
            (each["payload"] if isinstance(each["payload"], str) else json.dumps(each["payload"])).encode(),
            each.get("retained", False),
            each.get("refused", ""),
        )
        for each in read
    ]


def expected_of(case: Path) -> list[str]:
    """The lines that a case must give."""
    return (case / "expected.lp").read_text().splitlines()
