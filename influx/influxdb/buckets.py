"""The organisation and the buckets on an InfluxDB, as the configuration wants them.

Nothing is ever deleted, and a retention becomes shorter only when told to, because InfluxDB then deletes.
"""

from collections.abc import Iterator
from datetime import timedelta

from influxdb_client.domain.bucket import Bucket
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

from influx.buckets import BUCKETS, bucket_name, keeps, spell, whole_seconds
from influx.config import Retention
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
        kept = keeps(bucket, server.config.retention)
        wanted = None if kept is None else timedelta(seconds=whole_seconds(kept))
        what = f"bucket {bucket_name(bucket, server.config.bucket_prefix)}"
        if bucket not in there:
            yield _missing(server, bucket, what, wanted)
            continue
        found = _retention(there[bucket])
        if found != wanted:
            yield _other_retention(server, there[bucket], what, (found, wanted), shrink=shrink)


def _missing(server: Server, bucket: str, what: str, wanted: timedelta | None) -> Difference:
    api = server.client.buckets_api()
    return Difference(
        what,
        f"is missing, to keep {spell(wanted)}",
        f"made, to keep {spell(wanted)}",
        lambda: api.create_bucket(
            bucket_name=bucket_name(bucket, server.config.bucket_prefix),
            org=server.org_id,
            retention_rules=[_rule(wanted)],
        ),
    )


def _other_retention(
    server: Server,
    bucket: Bucket,
    what: str,
    lengths: tuple[timedelta | None, timedelta | None],
    *,
    shrink: bool,
) -> Difference:
    found, wanted = lengths

    def mend() -> None:
        bucket.retention_rules = [_rule(wanted)]
        server.client.buckets_api().update_bucket(bucket)

    shorter = wanted is not None and (found is None or wanted < found)
    hint = "; shortening deletes, and needs --shrink" if shorter else ""
    return Difference(
        what,
        f"keeps {spell(found)}, not {spell(wanted)}{hint}",
        f"keeps {spell(wanted)} now, not {spell(found)}",
        None if shorter and not shrink else mend,
    )


def _rule(length: timedelta | None) -> BucketRetentionRules:
    """Keep for ``length``, in shards as long as InfluxDB chooses for a new bucket.

    It would keep the old, perhaps too long ones when a retention changes. 0 seconds stand for ever; see
    https://docs.influxdata.com/influxdb/v2/reference/internals/shards/#shard-group-duration
    """
    if length is None or length > timedelta(days=180):
        shard = timedelta(days=7)
    else:
        shard = timedelta(days=1) if length >= timedelta(days=2) else timedelta(hours=1)
    seconds = 0 if length is None else whole_seconds(length)
    return BucketRetentionRules("expire", seconds, shard_group_duration_seconds=whole_seconds(shard))


def _retention(bucket: Bucket) -> timedelta | None:
    seconds = sum(rule.every_seconds for rule in bucket.retention_rules)
    return timedelta(seconds=seconds) if seconds else None
