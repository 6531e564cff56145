"""``hutch grafana apply``: put the dashboards into a Grafana that one already has."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from api.config import is_loopback
from hutch.commands.grafana_check import require_grafana
from hutch.config import Config, load

_AS_ADMIN = "-admin"
"""Grafana gives a role to a user, so who may do more has a name of its own."""


_RULES = (
    "alert rules are not put there: Grafana takes those from files alone, which "
    "`hutch setup --dashboards-to FOLDER` makes"
)


def apply(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 on a difference.")] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with a token of the role Admin, for this time; else that of [grafana]."),
    ] = None,
    influx_url: Annotated[
        str, typer.Option(help="InfluxDB as Grafana reaches it; where unset that of [influx].")
    ] = "",
) -> None:
    """Put folder, data source and dashboards into a Grafana that has none of them from files.

    They are as the configuration says. Repeating it is harmless.
    """
    from hutch.grafana.apply import apply as bring_in_order
    from hutch.grafana.apply import token_for_grafana
    from hutch.grafana.client import connect
    from hutch.grafana.home import home_of, is_elsewhere
    from hutch.grafana.server import Server

    settings = load(config)
    require_grafana(settings, config)
    section = settings.grafana
    if token_file is not None:
        section = section.model_copy(update={"token_file": token_file, "as_user": ""})
    elif section.as_user:
        section = section.model_copy(update={"as_user": section.as_user + _AS_ADMIN})
    url = influx_url or settings.influx.url
    differences = bring_in_order(
        settings,
        home_of(settings),
        Server(section, connect(section, os.environ, "Admin")),
        token=token_for_grafana(settings.influx, os.environ),
        influx_url=url,
        check=check,
    )
    for difference in differences:
        typer.echo(difference)
    if not differences:
        typer.echo(f"the Grafana at {section.url} is as configured")
    if _is_loopback(url) and not _is_loopback(section.url):
        typer.echo(f"Grafana looks for InfluxDB at {url}, which is itself: --influx-url says where", err=True)
    if settings.alerts.by == "grafana":
        typer.echo(_RULES, err=True)
    if is_elsewhere(settings):
        typer.echo(_elsewhere(settings), err=True)
    if not all(difference.mended for difference in differences):
        raise typer.Exit(1)


def _is_loopback(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _elsewhere(settings: Config) -> str:
    return (
        f"Grafana is another origin than {settings.pages_url}: links lead there, but the live picture, "
        "thumbnails and the player stay empty; serve both through one proxy to see them"
    )
