"""``hutch setup``: what is done once before the containers of docker-compose.yml can work together."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.access import naming
from api.access.ledger import ledger_of
from api.access.naming import BadName
from hutch.commands.apply import apply
from hutch.config import Config, load
from hutch.errors import UsageError
from influx.connect import Role, read_token
from influx.secret_files import write_secret

OWNER, PASSWORD = "HUTCH_OWNER", "HUTCH_OWNER_PASSWORD"
_OF_HUTCH = (Role.WRITER, Role.READER, Role.TASKS)
"""What collector and API need; the operator's token stays where only this command reads it."""
_FOR_ITS_GROUP = 0o440


def setup(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    tokens_to: Annotated[
        Path | None, typer.Option(help="Folder for copies of the tokens that the API and the collector need.")
    ] = None,
    grafana_token_to: Annotated[
        Path | None, typer.Option(help="Folder for a copy of Grafana's token.")
    ] = None,
    grafana_group: Annotated[
        int, typer.Option(help="Number of the group that may read Grafana's copy.")
    ] = 472,
    dashboards_to: Annotated[
        Path | None, typer.Option(help="Folder for Grafana's provisioning, made for this home.")
    ] = None,
) -> None:
    """Bring InfluxDB in order, hand out what others need, and let HUTCH_OWNER in with HUTCH_OWNER_PASSWORD.

    Repeating it is harmless: who can log in keeps their password.
    """
    settings = load(config)
    apply(config)
    if tokens_to is not None:
        for role in _OF_HUTCH:
            _hand_over(settings, role, tokens_to)
    if grafana_token_to is not None:
        copy = _hand_over(settings, Role.GRAFANA, grafana_token_to)
        os.chown(copy, -1, grafana_group)
        copy.chmod(_FOR_ITS_GROUP)
    if dashboards_to is not None:
        # Dashboards and alert rules are loaded by who makes them.
        from grafana.build import write
        from hutch.grafana.home import home_of

        write(home_of(settings), dashboards_to)
    _let_in(settings, os.environ.get(OWNER, ""), os.environ.get(PASSWORD, ""))


def _hand_over(settings: Config, role: Role, folder: Path) -> Path:
    """The file in ``folder`` that now holds the token of ``role``."""
    copy = folder / role
    token = read_token(settings.influx, os.environ, role)
    if not copy.exists() or copy.read_text().strip() != token:
        write_secret(copy, token)
        typer.echo(f"token of the {role}: handed over")
    return copy


def _let_in(settings: Config, name: str, password: str) -> None:
    """Let the owner log in, unless an owner can."""
    # Loads argon2, which no other part of this command needs.
    from api.access.passwords import hashed, mistake

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with closing(ledger_of(settings.data_dir)) as ledger:
        if ledger.any_owner():
            return
        try:
            name = naming.user_name(name)
        except BadName as error:
            raise UsageError(f"{OWNER}: {error}") from None
        if wrong := mistake(password):
            raise UsageError(f"{PASSWORD}: {wrong}")
        ledger.add_user(name, "owner", hashed(password), datetime.now(UTC))
    typer.echo(f"{name} may log in, as owner")
