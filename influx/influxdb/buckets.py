"""The organisation and the buckets on an InfluxDB, as the configuration wants them.

Nothing is ever deleted, and a retention becomes shorter only when told to, because InfluxDB then deletes.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from influxdb_client.domain.bucket import Bucket
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

from influx.buckets import BUCKETS, bucket_name, keeps, spell, whole_seconds
from influx.config import InfluxSection, Retention
from influx.influxdb.administration import Server
from influx.influxdb.difference import Difference
from influx.store import Rejected

SHORTEST = timedelta(hours=1)
"""InfluxDB 2 takes no shorter retention."""


def check_retention(retention: Retention) -> None:
    """Raise ``Rejected`` for a retention below ``SHORTEST``."""
    for bucket in BUCKETS:
        length = keeps(bucket, retention)
        if length is not None and length < SHORTEST:
            raise Rejected(
                f"[influx.retention] {bucket} is {spell(length)}, and InfluxDB keeps an hour or more"
            )


def organisation_differences(server: Server) -> Iterator[Difference]:
    """One difference where the organisation is missing."""
    if not server.org_id:
        name = server.config.org
        api = server.client.organizations_api()
        yield Difference(
            f"organisation {name}", "is missing", "made", lambda: api.create_organization(name=name)
        )


def bucket_differences(server: Server, *, shrink: bool) -> Iterator[Difference]:
    """One difference a bucket that is missing or keeps its points shorter or longer than configured."""
    there = server.buckets()
    for bucket in BUCKETS:
        if bucket not in there:
            yield missing_bucket(server.config, bucket, partial(_make, server, bucket))
            continue
        found, wanted = _retention(there[bucket]), wanted_length(server.config, bucket)
        if found != wanted:
            yield _other_retention(server, there[bucket], (found, wanted), shrink=shrink)


def wanted_length(config: InfluxSection, bucket: str) -> timedelta | None:
    """How long ``bucket`` shall keep its points on a server, in whole seconds; None: for ever."""
    kept = keeps(bucket, config.retention)
    return None if kept is None else timedelta(seconds=whole_seconds(kept))


def missing_bucket(
    config: InfluxSection, bucket: str, mend: Callable[[], object] | None = None, *, mended: bool = False
) -> Difference:
    """The difference that ``bucket`` is missing, which ``mend`` makes, or that is ``mended``."""
    length = spell(wanted_length(config, bucket))
    what = f"bucket {bucket_name(bucket, config.bucket_prefix)}"
    return Difference(what, f"is missing, to keep {length}", f"made, to keep {length}", mend, mended)


def _make(server: Server, bucket: str) -> None:
    server.client.buckets_api().create_bucket(
        bucket_name=bucket_name(bucket, server.config.bucket_prefix),
        org=server.org_id,
        retention_rules=[_rule(bucket, wanted_length(server.config, bucket))],
    )


def _other_retention(
    server: Server, bucket: Bucket, lengths: tuple[timedelta | None, timedelta | None], *, shrink: bool
) -> Difference:
    found, wanted = lengths

    def mend() -> None:
        kind = bucket.name.removeprefix(server.config.bucket_prefix)
        bucket.retention_rules = [_rule(kind, wanted)]
        server.client.buckets_api().update_bucket(bucket)

    shorter = wanted is not None and (found is None or wanted < found)
    hint = "; shortening deletes, and needs --shrink" if shorter else ""
    return Difference(
        f"bucket {bucket.name}",
        f"keeps {spell(found)}, not {spell(wanted)}{hint}",
        f"keeps {spell(wanted)} now, not {spell(found)}",
        None if shorter and not shrink else mend,
    )


def _rule(bucket: str, length: timedelta | None) -> BucketRetentionRules:
    """Keep for ``length``, in shards as long as InfluxDB chooses for a new bucket; those of events are longer
    (docs/decisions/020-pages-of-events.md).

    It would keep the old, perhaps too long ones when a retention changes. 0 seconds stand for ever; see
    https://docs.influxdata.com/influxdb/v2/reference/internals/shards/#shard-group-duration
    """
    if length is None or length > timedelta(days=180):
        shard = timedelta(days=28 if bucket == "events" else 7)
    else:
        shard = timedelta(days=1) if length >= timedelta(days=2) else timedelta(hours=1)
    seconds = 0 if length is None else whole_seconds(length)
    return BucketRetentionRules("expire", seconds, shard_group_duration_seconds=whole_seconds(shard))


def _retention(bucket: Bucket) -> timedelta | None:
    seconds = sum(rule.every_seconds for rule in bucket.retention_rules)
    return timedelta(seconds=seconds) if seconds else None
