"""Makes the buckets on an InfluxDB as the configuration wants them: again and again, changing nothing twice.

Nothing is ever deleted, and a retention becomes shorter only when told to, because InfluxDB then deletes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket import Bucket
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

from influx.answers import asking
from influx.buckets import BUCKETS, bucket_name, keeps, spell
from influx.config import InfluxSection
from influx.connect import Role, read_token
from influx.store import Rejected

SHORTEST = timedelta(hours=1)
"""InfluxDB 2 takes no shorter retention."""

_SECOND = timedelta(seconds=1)


class Kind(StrEnum):
    """How a bucket on the server differs from the one that is wanted."""

    MISSING = "missing"
    KEEPS_LESS = "keeps less"
    KEEPS_MORE = "keeps more"


@dataclass(slots=True)
class Difference:
    """One bucket that is, or was until it was ``mended``, not as wanted; None stands for keeping for ever."""

    bucket: str
    kind: Kind
    wanted: timedelta | None
    found: timedelta | None
    mended: bool = False

    def __str__(self) -> str:
        """The difference, and what became of it, in one sentence."""
        wanted = spell(self.wanted)
        if self.kind is Kind.MISSING:
            return f"{self.bucket}: {'made' if self.mended else 'is missing'}, to keep {wanted}"
        if self.mended:
            return f"{self.bucket}: keeps {wanted} now, not {spell(self.found)}"
        hint = "; shortening deletes, and needs --shrink" if self.kind is Kind.KEEPS_MORE else ""
        return f"{self.bucket}: keeps {spell(self.found)}, not {wanted}{hint}"


def apply(
    config: InfluxSection,
    *,
    check: bool = False,
    shrink: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> list[Difference]:
    """Bring the buckets of ``config`` on its server in order; returns what was or still is different.

    ``check`` only looks; ``shrink`` allows a retention to become shorter. Raises ``TokenMissing``,
    ``ValueError`` where no server is configured, ``Rejected`` for a retention below ``SHORTEST``, and
    ``Unavailable`` or ``Unauthorized`` as a ``Store`` does.
    """
    if not config.url:
        raise ValueError("[influx] url is empty: the SQLite file of the data folder needs no buckets")
    token = read_token(config, environment, Role.OPERATOR)
    milliseconds = config.timeout // timedelta(milliseconds=1)
    made = InfluxDBClient(url=config.url, token=token, org=config.org, timeout=milliseconds)
    with closing(made) as client, asking(config.url):
        there = {bucket.name: bucket for bucket in client.buckets_api().find_buckets_iter(org=config.org)}
        found = list(_differences(config, there))
        for difference in found:
            if not check and (shrink or difference.kind is not Kind.KEEPS_MORE):
                _mend(client, config.org, difference, there.get(difference.bucket))
                difference.mended = True
        return found


def _differences(config: InfluxSection, there: Mapping[str, Bucket]) -> Iterator[Difference]:
    for bucket in BUCKETS:
        name = bucket_name(bucket, config.bucket_prefix)
        wanted = _whole_seconds(keeps(bucket, config.retention))
        found = _retention(there[name]) if name in there else None
        if wanted is not None and wanted < SHORTEST:
            raise Rejected(
                f"[influx.retention] {bucket} is {spell(wanted)}, and InfluxDB keeps an hour or more"
            )
        if name not in there:
            yield Difference(name, Kind.MISSING, wanted, found)
        elif found is not None and (wanted is None or found < wanted):
            yield Difference(name, Kind.KEEPS_LESS, wanted, found)
        elif found != wanted:
            yield Difference(name, Kind.KEEPS_MORE, wanted, found)


def _mend(client: InfluxDBClient, org: str, difference: Difference, bucket: Bucket | None) -> None:
    rules = [_rule(difference.wanted)]
    api = client.buckets_api()
    if bucket is None:
        org_id = client.organizations_api().find_organizations(org=org)[0].id
        api.create_bucket(bucket_name=difference.bucket, org=org_id, retention_rules=rules)
    else:
        bucket.retention_rules = rules
        api.update_bucket(bucket)


def _rule(length: timedelta | None) -> BucketRetentionRules:
    """Keep for ``length``, in shards as long as InfluxDB chooses for a new bucket.

    It would keep the old, perhaps too long ones when a retention changes. 0 seconds stand for ever; see
    https://docs.influxdata.com/influxdb/v2/reference/internals/shards/#shard-group-duration
    """
    if length is None or length > timedelta(days=180):
        shard = timedelta(days=7)
    else:
        shard = timedelta(days=1) if length >= timedelta(days=2) else timedelta(hours=1)
    seconds = 0 if length is None else length // _SECOND
    return BucketRetentionRules("expire", seconds, shard_group_duration_seconds=shard // _SECOND)


def _retention(bucket: Bucket) -> timedelta | None:
    seconds = sum(rule.every_seconds for rule in bucket.retention_rules)
    return timedelta(seconds=seconds) if seconds else None


def _whole_seconds(length: timedelta | None) -> timedelta | None:
    return None if length is None else -(-length // _SECOND) * _SECOND
