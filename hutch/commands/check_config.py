"""``hutch check-config``: say what is wrong with a configuration, or what it will do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.access.ledger import nobody_may_log_in
from hutch.config import Config, ConfigError, load
from hutch.home import WHOLE, Part
from hutch.kinds import wrong_kinds
from influx.config import Location

_ONE_SOURCE = (
    "warning: [api] public_url is set without trusted_proxies, so everybody seems to come from the proxy and"
    " shares one bound of requests and of wrong passwords: name the proxy's address, such as 127.0.0.1"
)
_OWN_LINKS = (
    "warning: [grafana] url is set without [api] public_url, so clips on the graphs lead to {url}, which"
    " browsers on other machines may not reach: set the address at which they do"
)


def check_config(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Configuration file.")] = Path("hutch.toml"),
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Look for what this part needs and no other; may be repeated."),
    ] = None,
) -> None:
    """Check FILE: every mistake is named by file, section and key (exit code 2)."""
    config = load(path)
    parts = frozenset(only or WHOLE)
    mistakes = wrong_kinds(config, str(path))
    token_file = config.influx.token_file
    if config.influx.url and token_file is not None and not token_file.exists():
        mistakes.append(f"{path}: [influx] token_file: {token_file} does not exist")
    # In a container of its own, a part reaches neither who may log in nor the secrets of the API.
    if Part.API in parts:
        mistakes += [f"{path}: {mistake}" for mistake in _missing_for_api(config)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    Console().print(_summary(config))
    if config.api.public_url and not config.api.trusted_proxies:
        typer.echo(f"{path}: {_ONE_SOURCE}", err=True)
    if config.grafana.url and not config.api.public_url:
        typer.echo(f"{path}: {_OWN_LINKS.format(url=config.pages_url)}", err=True)
    typer.echo(f"{path} is good")


def _summary(config: Config) -> Table:
    table = Table("what", "value", title=f"node {config.node}", title_justify="left")
    table.add_row("points", config.influx.url or f"SQLite in {config.data_dir}")
    clips = config.vision.clips
    table.add_row(
        "clips", f"{clips.endpoint}/{clips.bucket}" if clips.store == "s3" else f"{config.data_dir}/clips"
    )
    for location in config.locations:
        table.add_row("location", f"{location.name}: {_safe(location)}")
    for sensor in config.collector.sensors:
        table.add_row("sensor", f"{sensor.name}: {sensor.kind} at {sensor.location or '–'}")
    mqtt = config.collector.mqtt
    for topic in mqtt.topics:
        names = ", ".join(topic.fields)
        table.add_row(
            f"MQTT {mqtt.broker}", f"{topic.topic}: {topic.measurement} ({names}) at {topic.location}"
        )
    for camera in config.vision.cameras:
        table.add_row("camera", f"{camera.name}: {camera.kind} at {camera.location}")
    for device in config.api.devices:
        table.add_row("device", f"{device.name}: writes for node {device.node} from {device.source}")
    for contact in config.alerts.contacts:
        only = ", only of what is critical" if contact.least == "critical" else ""
        table.add_row("alerts", f"{contact.name}: {contact.kind} to {contact.shown}{only}")
    if not config.alerts.contacts:
        told = (
            "Grafana tells of them" if config.alerts.by == "grafana" else "shown on the pages, nobody is told"
        )
        table.add_row("alerts", told)
    if config.grafana.url:
        table.add_row("Grafana", f"{config.grafana.url}: clips are put on its graphs")
    table.add_row("pages", config.api.public_url or f"http://{config.api.host}:{config.api.port}")
    return table


def _missing_for_api(config: Config) -> Iterator[str]:
    """An owner who may log in, and files of secrets; a password in the environment is missed when needed."""
    if (missing := nobody_may_log_in(config.api, config.data_dir)) is not None:
        yield missing
    grafana = config.grafana
    if grafana.url and grafana.token_file is not None and not grafana.token_file.exists():
        yield f"[grafana] token_file: {grafana.token_file} does not exist"
    # Grafana has its own of these.
    if config.alerts.by == "grafana":
        return
    smtp = config.alerts.smtp
    if smtp.password_file is not None and not smtp.password_file.exists():
        yield f"[alerts.smtp] password_file: {smtp.password_file} does not exist"
    for contact in config.alerts.contacts:
        if contact.token_file is not None and not contact.token_file.exists():
            yield f"[[alerts.contacts]] {contact.name}: token_file: {contact.token_file} does not exist"


def _safe(location: Location) -> str:
    low, high = location.temperature_low, location.temperature_high
    if low is None and high is None:
        return "no safe range"
    return " and ".join(
        f"{word} {limit:g} °C" for word, limit in (("above", low), ("below", high)) if limit is not None
    )
