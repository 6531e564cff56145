"""``hutch init``: ask about the home, and write what it begins with."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from api.access import naming
from api.access.naming import BadName
from collector.units import to_stored
from hutch.config import host_name
from hutch.errors import UsageError
from hutch.new_home import EMAIL, SITE, Answers, check_absent, configuration, environment, write_new


def init(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")] = Path(),
    full: Annotated[
        bool, typer.Option("--full", help="For docker-compose.yml: write .env with new secrets, too.")
    ] = False,
    owner: Annotated[str | None, typer.Option(help="With --full: who owns the home and logs in.")] = None,
    site: Annotated[
        str | None, typer.Option(help="With --full: the name people type, such as hutch.example.org.")
    ] = None,
    tls: Annotated[
        str | None,
        typer.Option(help="With --full: internal, or an e-mail address for a public certificate."),
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="The home's, such as Europe/Zurich.")] = None,
    unit: Annotated[str | None, typer.Option(help="C or F.")] = None,
    location: Annotated[str | None, typer.Option(help="A room or cage: lower-case letters.")] = None,
    label: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    low: Annotated[float | None, typer.Option(help="Lowest safe temperature there, in that unit.")] = None,
    high: Annotated[float | None, typer.Option(help="Highest safe temperature, in that unit.")] = None,
    node: Annotated[str | None, typer.Option(help="What this machine is called in the data.")] = None,
    camera: Annotated[str | None, typer.Option(help="Address of a camera, such as rtsp://…")] = None,
    consent: Annotated[
        bool | None, typer.Option("--consent/--no-consent", help="Everybody here agrees to be recorded.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With --full: a simulated room and camera.")] = False,
) -> None:
    """Write hutch.toml from your answers, and with --full the .env of docker-compose.yml.

    Asks at a terminal for what no option says; elsewhere takes what is usual. Nothing is overwritten.
    """
    _agree(full, of_full=(owner, site, tls, demo or None), of_the_rest=(camera,))
    config, secrets_file = folder / "hutch.toml", folder / ".env"
    check_absent([config, *([secrets_file] if full else [])])
    location = _ask("A room or cage to watch over, in one word", location, "home")
    unit = _unit(unit)
    answers = Answers(
        node=_ask("What this machine is called", node, host_name()),
        timezone=_ask("Time zone", timezone, _local_zone()),
        unit=unit,
        location=location,
        label=_ask("What people call that place", label, location.capitalize()),
        low=_celsius("Lowest", low, unit),
        high=_celsius("Highest", high, unit),
        camera="" if full else _ask("Address of a camera, if there is one", camera, ""),
        # Two painted pets have no objection.
        consent=demo or _agreed(consent),
        demo=demo,
        full=full,
        owner=_owner(owner) if full else "",
        site=_site(site) if full else "",
        tls=_tls(tls) if full else "",
        clips_budget=_half_of_the_room(folder),
    )
    text = configuration(answers)
    folder.mkdir(parents=True, exist_ok=True)
    if full:
        write_new(secrets_file, environment(answers), 0o600)
        typer.echo(f"made {secrets_file}, with secrets that are nowhere else")
    # The containers read it as another user; it holds no secret then, as the address of a camera may.
    write_new(config, text, 0o644 if full else 0o600)
    typer.echo(f"made {config}")
    typer.echo(_next_steps(answers))


def _agree(full: bool, *, of_full: Sequence[object], of_the_rest: Sequence[object]) -> None:
    if not full and any(given is not None for given in of_full):
        raise UsageError("--owner, --site, --tls and --demo are for docker-compose.yml; add --full")
    if full and any(given is not None for given in of_the_rest):
        raise UsageError("--camera is not for docker-compose.yml; put [[vision.cameras]] into hutch.toml")


def _ask(question: str, given: str | None, usual: str) -> str:
    """The answer that an option gave or somebody at the terminal gives; else what is usual."""
    if given is not None or not sys.stdin.isatty():
        return usual if given is None else given.strip()
    return str(typer.prompt(question, default=usual, show_default=bool(usual))).strip()


def _needed(question: str, given: str | None, option: str) -> str:
    """The same where nothing is usual."""
    if given is None and not sys.stdin.isatty():
        raise UsageError(f"{option} is missing: {question[:1].lower()}{question[1:]}")
    return str(typer.prompt(question) if given is None else given).strip()


def _unit(given: str | None) -> str:
    unit = _ask("Temperatures in C or F", given, "C").upper()
    if unit not in ("C", "F"):
        raise UsageError(f"{unit!r:.20} is no unit; there are C and F")
    return unit


def _celsius(which: str, given: float | None, unit: str) -> float | None:
    """A limit that is typed in ``unit``; None where there is none."""
    typed = _ask(
        f"{which} safe temperature there in °{unit}, if any", None if given is None else f"{given}", ""
    )
    if not typed:
        return None
    try:
        number = float(typed)
    except ValueError:
        raise UsageError(f"{typed!r:.40} is no temperature; write it like 15.6") from None
    return number if unit == "C" else to_stored(number, "F", "°C")


def _agreed(given: bool | None) -> bool:
    """Whether everybody agrees to be recorded; who is not asked does not."""
    if given is not None or not sys.stdin.isatty():
        return bool(given)
    return bool(typer.confirm("Does everybody who lives there agree to be recorded?", default=False))


def _owner(given: str | None) -> str:
    try:
        return naming.user_name(_needed("Who owns the home and logs in", given, "--owner"))
    except BadName as error:
        raise UsageError(str(error)) from None


def _site(given: str | None) -> str:
    site = _needed("The name people type, such as hutch.example.org or hutch.local", given, "--site").lower()
    if SITE.fullmatch(site) is None:
        raise UsageError(
            f"{site!r:.80} is no name; write it like hutch.example.org, without https:// and path"
        )
    return site


def _tls(given: str | None) -> str:
    tls = _ask(
        "Who signs its certificate: internal, or an e-mail address for a public one", given, "internal"
    )
    if tls != "internal" and EMAIL.fullmatch(tls) is None:
        raise UsageError(f"{tls!r:.80} is neither internal nor an e-mail address")
    return tls


def _half_of_the_room(folder: Path) -> int:
    """Half of the bytes that are free where ``folder`` will be, a GB at least: a bucket has none to ask."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return max(10**9, shutil.disk_usage(there).free // 2)


def _local_zone() -> str:
    """The time zone of this machine, where it says; else UTC."""
    _, found, zone = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return zone if found and "/" in zone else "UTC"


def _next_steps(answers: Answers) -> str:
    if not answers.full:
        return "Next: `hutch check-config`, then `hutch run`; hutch.example.toml shows what else there is."
    return (
        f"Next: `docker compose up -d`, then open https://{answers.site} and log in as {answers.owner} with "
        "the HUTCH_OWNER_PASSWORD in .env."
    )
