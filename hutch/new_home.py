"""The two files that a new home begins with: its configuration and, for docker-compose.yml, its secrets."""

import os
import re
import secrets
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from json import dumps
from pathlib import Path

from hutch.config import parse
from hutch.errors import UsageError
from influx.disk import sync_folder, sync_handle

SITE = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
"""A host name or an IPv4 address, as people type it."""
EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}")
CADDY = "10.213.47.2"
"""Where Caddy is in the network it shares with the API (HUTCH_NETWORK in docker-compose.yml)."""
NOTES = "hutch:notes"
"""Who puts clips on Grafana's graphs; no person can be called so."""
_SECRET_BYTES = 24

_DEMO = """
# Nothing here is real: the profile `demo` reads a simulated room and watches a painted one.
[[collector.sensors]]
kind = "simulated"
name = "simulated"
location = {location}
interval = 5

[[vision.cameras]]
kind = "scripted"
name = "scripted"
location = {location}
"""
_FULL = """
# Below is what docker-compose.yml calls its services.
[influx]
url = "http://influxdb:8086"
token_dir = "/tokens"

[vision.clips]
store = "s3"
endpoint = "s3:9000"
secure = false
"""
_GRAFANA = f"""
# Clips on its graphs. It believes the API's address, so that this needs no token.
[grafana]
url = "http://notes:3000/grafana"
as_user = "{NOTES}"
"""
_ENVIRONMENT = """\
# What docker-compose.yml wants to know, made by `hutch init`. The secrets are random and nowhere else:
# keep a copy, and show it to nobody.

# The name that people type, and who signs for it: `internal` (Caddy itself) or an e-mail address (public).
HUTCH_SITE={site}
HUTCH_TLS={tls}
# What runs besides: minio or seaweedfs, demo or node, dev.
COMPOSE_PROFILES={profiles}

# The owner's first login. Another password is set by
# docker compose exec api hutch user password {owner} --config /etc/hutch/hutch.toml
HUTCH_OWNER={owner}
HUTCH_OWNER_PASSWORD={owner_password}

HUTCH_S3_ACCESS_KEY={s3_access_key}
HUTCH_S3_SECRET_KEY={s3_secret_key}
HUTCH_GRAFANA_SECRET_KEY={grafana_secret_key}
"""


@dataclass(frozen=True)
class Answers:
    """What is known of a new home; temperatures in °C."""

    node: str
    timezone: str
    unit: str
    location: str
    label: str
    low: float | None
    high: float | None
    consent: bool
    camera: str
    demo: bool
    full: bool
    owner: str
    site: str
    tls: str
    clips_budget: int
    """Bytes that the bucket of clips may take."""


def configuration(answers: Answers) -> str:
    """The text of hutch.toml; raises ``ConfigError`` naming each answer that cannot be."""
    parts = [
        "# Made by `hutch init`; hutch.example.toml shows every option, `hutch check-config` each mistake.",
        f"node = {dumps(answers.node)}",
        f"data_dir = {dumps('/var/lib/hutch' if answers.full else 'data')}",
        f"timezone = {dumps(answers.timezone)}",
        "\n[[locations]]",
        f"name = {dumps(answers.location)}",
    ]
    if answers.label:
        parts.append(f"label = {dumps(answers.label, ensure_ascii=False)}")
    for key, limit in (("temperature_low", answers.low), ("temperature_high", answers.high)):
        if limit is not None:
            parts.append(f"{key} = {round(limit, 2)}  # °C")
    parts += ["\n[[collector.sensors]]", 'kind = "host"  # this machine itself', 'name = "host"']
    agreed = (
        "two painted pets do; ask before you add a camera" if answers.demo else "no camera opens otherwise"
    )
    parts += ["\n[vision]", "# Whether everybody here agrees to be recorded: " + agreed + "."]
    parts += [f"consent = {dumps(answers.consent)}"]
    if answers.camera:
        parts += ["\n[[vision.cameras]]", 'kind = "url"', 'name = "camera"']
        parts += [f"location = {dumps(answers.location)}", f"url = {dumps(answers.camera)}"]
    text = "\n".join(parts) + "\n"
    if answers.demo:
        text += _DEMO.format(location=dumps(answers.location))
    if answers.full:
        text += f'{_FULL}budget = "{answers.clips_budget // 10**9} GB"  # half of what was free here\n'
    text += f"\n[api]\ntemperature_unit = {dumps(answers.unit)}\n"
    if answers.full:
        text += f'host = "0.0.0.0"\npublic_url = {dumps(f"https://{answers.site}")}\n'
        text += f'trusted_proxies = ["{CADDY}"]\ngrafana_url = "/grafana/"\n'
        text += _GRAFANA
    parse(tomllib.loads(text), "your answers")
    return text


def environment(answers: Answers) -> str:
    """The text of .env, with new secrets."""
    return _ENVIRONMENT.format(
        site=answers.site,
        tls=answers.tls,
        profiles="minio,demo" if answers.demo else "minio",
        owner=answers.owner,
        owner_password=secrets.token_urlsafe(_SECRET_BYTES),
        s3_access_key=secrets.token_hex(10),
        s3_secret_key=secrets.token_urlsafe(_SECRET_BYTES),
        grafana_secret_key=secrets.token_urlsafe(_SECRET_BYTES),
    )


def check_absent(paths: Iterable[Path]) -> None:
    """Raise ``UsageError`` where one of ``paths`` is there already."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path} is there already, and nothing is overwritten; move it away, or name another folder"
            )


def write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that is not there yet, on the disk when this returns; raises ``OSError`` where it is."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, mode)
        file.write(text)
        file.flush()
        sync_handle(handle)
    sync_folder(path.parent)
