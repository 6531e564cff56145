"""``hutch pets``: who lives here, and what they look like, so that cameras tell one from the other."""

import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hutch.config import Config, load
from hutch.errors import UsageError
from influx import points
from influx.connect import connect
from influx.pet_names import NewPetName
from influx.registry import Kind, Thing, announcement, things
from influx.schema import REGISTRY
from vision.identity.gallery import FOLDER, Gallery, photo_session

app = typer.Typer(help="Pets: who lives here, and pictures by which cameras know them.", no_args_is_help=True)
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The pet's name.")]

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_FEW = 10
"""Photographs fewer than which tell little."""


@app.command("add")
def add(
    name: Name,
    photos: Annotated[
        Path | None, typer.Option(help="Folder with photographs of it alone: JPEG, PNG or WebP.")
    ] = None,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Know the pet NAME from now on, and have the cameras learn from photographs what it looks like."""
    settings, pet = load(config), _pet_name(name)
    gallery = _gallery(settings)
    files = [] if photos is None else _photographs(photos)
    gallery.know(pet)
    learnt = _learn(gallery, pet, files) if files else 0
    _register(settings, pet)
    if photos is None:
        typer.echo(f"{pet} is known; photographs or corrected events teach the cameras what it looks like")
        return
    typer.echo(f"{pet} is known, by {learnt} photographs of {len(files)}")
    if learnt < _FEW:
        typer.echo(f"fewer than {_FEW} tell little; add more, or correct events of it on the pages")


@app.command("list")
def list_(as_json: AsJson = False, config: ConfigPath = Path("hutch.toml")) -> None:
    """List the pets that cameras can know, and how much they know them by."""
    gallery = _gallery(load(config))
    rows = []
    for pet in gallery.pets():
        sources = gallery.sources(pet)
        photographs = sum(source.id.startswith(_PHOTO) for source in sources)
        rows.append(
            {
                "name": pet,
                "photographs": photographs,
                "events": len(sources) - photographs,
                "sessions": len({source.session for source in sources}),
            }
        )
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    if not rows:
        typer.echo("no pet is known yet; `hutch pets add NAME --photos DIR` makes one known")
        return
    table = Table("name", "photographs", "events", "sessions")
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row.values()))
    Console().print(table)


_PHOTO = "photo-"
"""What the id of a photograph begins with in the gallery; no camera is called so and has an event's id."""


def _learn(gallery: Gallery, pet: str, files: list[Path]) -> int:
    """Keep cut-outs of those of ``files`` that are pictures, and say which are not; returns how many are."""
    # What looks at pictures is loaded only by who does.
    from vision.identity.colour import picture_has_colour
    from vision.identity.crops import encode
    from vision.identity.portrait import NoPortrait, portrait

    learnt = 0
    for file in files:
        try:
            crop = portrait(file)
        except NoPortrait as error:
            typer.echo(str(error), err=True)
            continue
        taken = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        gallery.add(
            pet,
            photo_session(taken),
            f"{_PHOTO}{digest}",
            encode([crop]),
            infrared=not picture_has_colour(crop.picture),
        )
        learnt += 1
    return learnt


def _photographs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"--photos: {folder} is no folder")
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    if not files:
        raise UsageError(f"--photos: there is no JPEG, PNG or WebP in {folder}")
    return files


def _register(settings: Config, pet: str) -> None:
    """Have the pages know the pet, where they do not yet; nobody is warned when it is not seen."""
    now = datetime.now(UTC)
    with closing(connect(settings.influx, settings.data_dir)) as store:
        if not any(thing.kind is Kind.PET and thing.name == pet for thing in things(store, now)):
            known = announcement(Thing(Kind.PET, pet, settings.node), now)
            unexpected = points.make(REGISTRY, known.tags, {**known.fields, "retired": True}, now)
            store.write(REGISTRY.name, [points.line(unexpected)])


def _gallery(settings: Config) -> Gallery:
    return Gallery(settings.data_dir / FOLDER)


def _pet_name(typed: str) -> str:
    try:
        name: str = TypeAdapter(NewPetName).validate_python(typed)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{typed!r:.60} cannot be a pet's name: {reason[:1].lower()}{reason[1:]}") from None
    return name
