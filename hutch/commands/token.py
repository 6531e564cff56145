"""``hutch influx token``: make, list and revoke InfluxDB's tokens, to replace one without a pause.

What runs reads the token in its role's file again when the old one is refused: add, then revoke.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from hutch.config import load
from hutch.errors import UsageError
from influx.buckets import BUCKETS
from influx.connect import Role

if TYPE_CHECKING:
    from influx.influxdb.administration import Server
    from influx.influxdb.authorizations import Held

app = typer.Typer(help="Make, list and revoke InfluxDB's tokens.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option(help="Configuration file.")]


@app.command("add")
def add(
    role: Annotated[Role, typer.Argument(metavar="ROLE", help=f"One of {', '.join(Role)}.")],
    config: ConfigOption = Path("hutch.toml"),
) -> None:
    """Put a new token into the file of ROLE; those it had stay valid until they are revoked."""
    with _server(config) as server:
        from influx.influxdb.tokens import add as add_token

        made = add_token(server, role)
        typer.echo(f"the {role} has a new token, {made}, in {server.config.token_dir / role}")


@app.command("list")
def list_all(config: ConfigOption = Path("hutch.toml")) -> None:
    """List what tokens there are and what each may do; InfluxDB keeps no token that it could show."""
    with _server(config) as server:
        from influx.influxdb.tokens import list_tokens

        names = {bucket.id: name for name, bucket in server.buckets().items()}
        table = Table(Column("ID", no_wrap=True), Column("ROLE", no_wrap=True), "MAY", "MADE (UTC)", "STATE")
        for one, current in list_tokens(server):
            state = "active" if one.active else "inactive"
            table.add_row(
                one.id,
                one.role,
                _may(one, names),
                f"{one.made:%Y-%m-%d %H:%M}",
                f"{state}, in its file" if current else state,
            )
        Console().print(table)


@app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `hutch influx token list` shows it.")],
    force: Annotated[bool, typer.Option("--force", help="Even if it is an operator's.")] = False,
    config: ConfigOption = Path("hutch.toml"),
) -> None:
    """Let a token no longer be valid, from now on."""
    with _server(config) as server:
        from influx.influxdb.tokens import TokenRefused
        from influx.influxdb.tokens import revoke as revoke_token

        try:
            revoked = revoke_token(server, token_id, force=force)
        except TokenRefused as error:
            raise UsageError(str(error)) from None
        typer.echo(f"revoked {revoked.id}, a token of the {revoked.role}")


@contextmanager
def _server(config: Path) -> Iterator["Server"]:
    # InfluxDB's client costs 40 MB, which only these commands pay.
    from influx.influxdb.administration import administering, require_url

    settings = load(config).influx
    try:
        require_url(settings)
    except ValueError as error:
        raise UsageError(f"{config}: {error}") from None
    with administering(settings) as server:
        yield server


def _may(one: "Held", names: dict[str, str]) -> str:
    if one.rights is None:
        return "everything"
    parts = []
    for action in ("read", "write"):
        of = {names.get(thing, "what is gone") for right, thing in one.rights if right == action}
        if of:
            parts.append(f"{action} {'every bucket' if of == set(BUCKETS) else ', '.join(sorted(of))}")
    return "; ".join(parts)
