"""The operator's way to an InfluxDB, to set it up and to keep its buckets, tokens and tasks in order."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.bucket import Bucket
from influxdb_client.rest import ApiException

from influx.buckets import BUCKETS, bucket_name
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role, TokenMissing, Tokens, TokenUnreadable
from influx.influxdb.answers import asking


@dataclass(frozen=True, slots=True)
class Server:
    """An InfluxDB with the client of its operator, or of the one token that there is.

    ``org_id`` is empty where the organisation is missing.
    """

    config: InfluxSection
    client: InfluxDBClient
    org_id: str

    @property
    def operated(self) -> bool:
        """Whether we hold the operator's token, and so are who makes tokens and users on this server."""
        return (self.config.token_dir / Role.OPERATOR).exists()

    def buckets(self) -> dict[str, Bucket]:
        """Those of our buckets that are there, by the names that the vocabulary uses."""
        api = self.client.buckets_api()
        there = {bucket.name: bucket for bucket in api.find_buckets_iter(org_id=self.org_id)}
        names = {bucket: bucket_name(bucket, self.config.bucket_prefix) for bucket in BUCKETS}
        return {bucket: there[name] for bucket, name in names.items() if name in there}


@contextmanager
def administering(config: InfluxSection, environment: Mapping[str, str] = os.environ) -> Iterator[Server]:
    """The server of ``config``, with the operator's token, for as long as the block lasts.

    Raises ``ValueError`` where no server is configured, ``TokenMissing``, and what a ``Store`` does.
    """
    require_url(config)
    tokens = Tokens(config, environment)
    try:
        token = tokens(Role.OPERATOR)
    except TokenUnreadable:
        raise
    except TokenMissing:
        raise TokenMissing(
            f"there is no token to change the InfluxDB at {config.url} with. `hutch influx apply` makes one "
            "where nobody has set it up yet; else put its operator's into "
            f"{config.token_dir / Role.OPERATOR}, or one for everything into {TOKEN_VARIABLE}; "
            "where it is lost, `influxd recovery auth create-operator` makes a new one"
        ) from None
    with closing(client(config, token)) as made, asking(config.url, tokens.origin(Role.OPERATOR)):
        yield Server(config, made, org_id(made, config.org))


def require_url(config: InfluxSection) -> None:
    """Raise ``ValueError`` where no server is configured."""
    if not config.url:
        raise ValueError("[influx] url is empty: the SQLite file of the data folder needs no setting up")


def client(config: InfluxSection, token: str) -> InfluxDBClient:
    """A client of the configured server, without a name where ``token`` is empty; to be closed."""
    milliseconds = config.timeout // timedelta(milliseconds=1)
    return InfluxDBClient(url=config.url, token=token, org=config.org, timeout=milliseconds)


def org_id(client: InfluxDBClient, name: str) -> str:
    """The id of the organisation called ``name``; empty where there is none that the token may see."""
    try:
        found = client.organizations_api().find_organizations(org=name)
    except ApiException as error:
        if error.status != 404:
            raise
        return ""
    return str(found[0].id) if found else ""
