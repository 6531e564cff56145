"""``hutch alerts``: send a test message to everybody who would be told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hutch.alerting.contacts import Undelivered, deliver
from hutch.config import load
from hutch.errors import EXIT_IO, UsageError
from influx.alarms import Letter, letter_id
from influx.rule import Severity

app = typer.Typer(help="Who is told when something is wrong.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command("test")
def send_test(
    only: Annotated[str, typer.Argument(metavar="[NAME]", help="One contact point; all where unset.")] = "",
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
) -> None:
    """Send a test message to every contact point, and say of each whether it was taken (exit code 3)."""
    alerts = load(config).alerts
    chosen = [contact for contact in alerts.contacts if only in ("", contact.name)]
    if not chosen:
        there = ", ".join(contact.name for contact in alerts.contacts)
        raise UsageError(
            f"there is no contact point {only!r}; there are {there}"
            if there
            else f"{config} names nobody to tell: add [[alerts.contacts]], and [alerts.smtp] for mails"
        )
    now, failed = datetime.now(UTC), False
    for contact in chosen:
        letter = Letter(
            id=letter_id(f"test {contact.name} {now.isoformat()}"),
            contact=contact.name,
            made=now,
            not_before=now,
            what="test",
            severity=Severity.WARNING,
            subject="Hutch can reach you",
            text="This is a test, nothing is wrong. When something is, you are told in the same way.\n",
        )
        try:
            deliver(contact, alerts.smtp, letter)
        except Undelivered as error:
            failed = True
            typer.echo(f"{contact.name}: not sent: {error}")
        else:
            typer.echo(f"{contact.name}: handed over to {contact.shown}; look whether it arrived")
    if failed:
        raise typer.Exit(EXIT_IO)
