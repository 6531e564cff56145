"""The first set-up of an InfluxDB that nobody has set up yet.

InfluxDB keeps only the hash of a token, so that its operator's could be read once and never again. We make
it ourselves and keep it before the server hears of it: killed in between, the next try uses the same. So
does who tries at the same time.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from influxdb_client.domain.onboarding_request import OnboardingRequest
from influxdb_client.service.setup_service import SetupService

from influx.buckets import BUCKETS, bucket_name, whole_seconds
from influx.config import InfluxSection
from influx.connect import Role, TokenMissing, TokenUnreadable, read_token
from influx.influxdb.administration import client
from influx.influxdb.authorizations import describe, mark
from influx.influxdb.buckets import missing_bucket, wanted_length
from influx.influxdb.difference import Difference
from influx.secret_files import alone, write_secret

USER = "hutch"
"""The name of the operator on the server."""
PASSWORD_FILE = "operator-password"  # noqa: S105
"""In ``token_dir``: with it the operator may log in to InfluxDB's own pages."""


def setup_differences(config: InfluxSection, environment: Mapping[str, str]) -> Iterator[Difference]:
    """What differs where the server was never set up: that, and the bucket that the set-up makes."""
    with closing(client(config, "")) as stranger:
        fresh = SetupService(stranger.api_client).get_setup().allowed
    if fresh:
        setup = Difference(
            f"InfluxDB at {config.url}",
            "was never set up",
            f"set up, with organisation {config.org}",
            lambda: _set_up(config, environment),
        )
        yield setup
        if setup.mended:
            # InfluxDB sets nothing up without a bucket, so that this one is no longer missing below.
            yield missing_bucket(config, BUCKETS[0], mended=True)


def _set_up(config: InfluxSection, environment: Mapping[str, str]) -> None:
    token, password = _operator(config, environment)
    length = wanted_length(config, BUCKETS[0])
    request = OnboardingRequest(
        username=USER,
        password=password,
        org=config.org,
        bucket=bucket_name(BUCKETS[0], config.bucket_prefix),
        retention_period_seconds=0 if length is None else whole_seconds(length),
        token=token,
    )
    with closing(client(config, "")) as stranger:
        answer = SetupService(stranger.api_client).post_setup(request)
    with closing(client(config, token)) as operator:
        mark(operator, answer.auth.id, describe(config.bucket_prefix, Role.OPERATOR, token))


def _operator(config: InfluxSection, environment: Mapping[str, str]) -> tuple[str, str | None]:
    """The token and the password that the operator shall have: those of the last try, or new ones.

    Where the token is given to us, by ``token_file`` or the environment, the operator has no password and
    nothing is written. Raises ``TokenUnreadable`` where there may be one that cannot be read.
    """
    try:
        token = read_token(config, environment, Role.OPERATOR)
        if not (config.token_dir / Role.OPERATOR).exists():
            return token, None
    except TokenUnreadable:
        raise
    except TokenMissing:
        pass
    with alone(config.token_dir):
        return _kept(config.token_dir / Role.OPERATOR, 64), _kept(config.token_dir / PASSWORD_FILE, 32)


def _kept(file: Path, size: int) -> str:
    """The secret in ``file``; where there is none, a new one of ``size`` random bytes, which is there now."""
    secret = file.read_text().strip() if file.exists() else ""
    if not secret:
        secret = secrets.token_urlsafe(size)
        write_secret(file, secret)
    return secret
