"""``hutch user``: who may log in, and with which password."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.access import naming
from api.access.ledger import ROLES, Ledger, NameTaken, Role, User, ledger_of
from api.access.naming import BadName
from hutch.config import load
from hutch.errors import UsageError

app = typer.Typer(help="Who may log in.", no_args_is_help=True)
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]


@app.command("add")
def add(
    name: UserName,
    role: Annotated[
        str, typer.Option(help=f"What they may: {' or '.join(ROLES)} (looks, changes nothing).")
    ] = "",
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Let NAME log in, with a password that is asked for, or read from standard input."""
    with opened_ledger(config) as ledger:
        name, kept = _name(name), _role(role, ledger)
        if ledger.user(name) is not None:
            raise UsageError(f"there is a user {name!r} already; `hutch user password` sets a new password")
        try:
            ledger.add_user(name, kept, _hashed_password(), datetime.now(UTC))
        except NameTaken as error:
            raise UsageError(str(error)) from None
    typer.echo(f"{name} may log in, as {kept}")


@app.command("list")
def list_(config: ConfigPath = Path("hutch.toml")) -> None:
    """List who may log in, and from how many browsers they are."""
    with opened_ledger(config) as ledger:
        users, sessions = ledger.users(), ledger.sessions(datetime.now(UTC))
    table = Table("NAME", "ROLE", "MADE (UTC)", "LOGGED IN")
    for user in users:
        here = sum(session.user == user.name for session in sessions)
        table.add_row(user.name, user.role, f"{user.created:%Y-%m-%d %H:%M}", str(here))
    Console().print(table)


@app.command("password")
def password(name: UserName, config: ConfigPath = Path("hutch.toml")) -> None:
    """Set a new password for NAME; every session and token that they have ends."""
    with opened_ledger(config) as ledger:
        user = _user(ledger, name)
        ledger.set_password(user.name, _hashed_password())
    typer.echo(f"{user.name} has a new password, and has to log in again everywhere")


@app.command("remove")
def remove(
    name: UserName,
    force: Annotated[bool, typer.Option("--force", help="Even the last owner.")] = False,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Let NAME log in no more; what they have open is cut within seconds."""
    with opened_ledger(config) as ledger:
        user = _user(ledger, name)
        owners = [other.name for other in ledger.users() if other.role == "owner"]
        if owners == [user.name] and not force:
            raise UsageError(
                f"{user.name} is the only owner, and nobody else can change anything; --force removes them"
            )
        ledger.remove_user(user.name)
    typer.echo(f"{user.name} may no longer log in")


@contextmanager
def opened_ledger(config: Path) -> Iterator[Ledger]:
    """The ledger of the home that ``config`` describes."""
    data_dir = load(config).data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with closing(ledger_of(data_dir)) as ledger:
        yield ledger


def _name(typed: str) -> str:
    try:
        return naming.user_name(typed)
    except BadName as error:
        raise UsageError(str(error)) from None


def _role(typed: str, ledger: Ledger) -> Role:
    """The role; the first user is an owner where nothing is said, later ones look."""
    if not typed:
        return "viewer" if ledger.any_owner() else "owner"
    for role in ROLES:
        if typed == role:
            return role
    raise UsageError(f"there is no role {typed!r:.40}; there are {' and '.join(ROLES)}")


def _user(ledger: Ledger, typed: str) -> User:
    user = ledger.user(typed.strip().lower())
    if user is None:
        known = ", ".join(one.name for one in ledger.users()) or "nobody yet"
        raise UsageError(f"there is no user {typed!r:.60}; there is {known}")
    return user


def _hashed_password() -> str:
    # Loads argon2, which no other command needs.
    from api.access.passwords import hashed, mistake

    if sys.stdin.isatty():
        typed = str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if wrong := mistake(typed):
        raise UsageError(wrong)
    return hashed(typed)
