"""``hutch device``: tokens of devices, shown once when they are made."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from api.access import naming
from api.access.ledger import SCOPES, NameTaken
from api.access.naming import BadName
from hutch.commands.user import ConfigPath, opened_ledger
from hutch.config import load
from hutch.errors import UsageError

app = typer.Typer(help="Tokens of devices.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the device is called.")],
    scope: Annotated[str, typer.Option(help=f"What it may: {', '.join(SCOPES)}.")] = "ingest",
    node: Annotated[str, typer.Option(help="The only node that it may send points of.")] = "",
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Make a token for NAME; it is the only line on standard output, and is never shown again."""
    try:
        named = naming.device(name, scope, node)
        with opened_ledger(config) as ledger:
            token = ledger.add_device(*named, datetime.now(UTC))
    except (BadName, NameTaken) as error:
        raise UsageError(str(error)) from None
    typer.echo(f"the token of {named[0]}, which is not shown again:", err=True)
    typer.echo(token)


@app.command("list")
def list_(config: ConfigPath = Path("hutch.toml")) -> None:
    """List the devices: what each may, and when it was last seen."""
    with opened_ledger(config) as ledger:
        devices = ledger.devices()
    table = Table(Column("ID", no_wrap=True), "NAME", "MAY", "NODE", "MADE (UTC)", "LAST SEEN", "STATE")
    for device in devices:
        state = "active" if device.revoked is None else f"revoked {_told(device.revoked)}"
        row = (
            device.id,
            escape(device.name),
            device.scope,
            escape(device.node or "–"),
            _told(device.created),
        )
        table.add_row(*row, _told(device.seen), state)
    for by_address in load(config).api.devices:
        told = ("–", by_address.name, "ingest", escape(by_address.node), "–", "–")
        table.add_row(*told, f"let in from {by_address.source}")
    Console().print(table)


@app.command("revoke")
def revoke(
    which: Annotated[str, typer.Argument(metavar="NAME", help="Its name, or its id.")],
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Let a device in no more; what it has open is cut within seconds."""
    with opened_ledger(config) as ledger:
        if not ledger.revoke_device(which, datetime.now(UTC)):
            raise UsageError(f"no device {which!r:.60} holds a token; `hutch device list` shows which do")
    typer.echo(f"the token of {which} is revoked")


def _told(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
