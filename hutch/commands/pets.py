"""``hutch pets``: who lives here, and what they look like, so that cameras tell one from the other."""

import hashlib
import json
import tempfile
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
from hutch.person import person
from influx import points
from influx.connect import connect
from influx.corrections import Corrections, Said
from influx.pet_names import NewPetName
from influx.registry import Kind, Thing, announcement, expected, retirement, things
from influx.schema import PET_EVENT, REGISTRY, UNKNOWN_PET
from influx.store import RowQuery, every_row
from influx.windows import Window
from vision.clips import ClipMissing, Clips, clip_key
from vision.connect import connect as connect_clips
from vision.identity.gallery import FOLDER, Gallery, PetExists, photo_session, session_of

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
    learnt = _learn(gallery, pet, files, settings) if files else 0
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


@app.command("enrol")
def enrol(
    name: Name,
    event: Annotated[list[str], typer.Option(help="Id of an event that shows it; may be given again.")],
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Have the cameras learn what the pet NAME looks like from events that show it."""
    settings, pet = load(config), _pet_name(name)
    gallery = _known(settings, pet)
    with closing(connect_clips(settings.vision.clips, settings.data_dir)) as clips:
        learnt = [_enrol(gallery, pet, one, clips) for one in event]
    if not all(learnt):
        raise UsageError(f"{learnt.count(False)} of {len(learnt)} events taught nothing")


@app.command("rename")
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is called from now on.")],
    events: Annotated[
        bool, typer.Option("--events", help="Correct its old events too, as if each had been on its page.")
    ] = False,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Call the pet NAME otherwise. Its events so far keep the old name unless --events is given."""
    settings, pet, called = load(config), _pet_name(name), _pet_name(new)
    try:
        _known(settings, pet).rename(pet, called)
    except PetExists as error:
        raise UsageError(str(error)) from None
    _register(settings, called, instead_of=pet)
    typer.echo(f"{pet} is called {called} from now on")
    if events:
        typer.echo(f"{_correct_all(settings, pet, called)} events of {pet} are {called}'s now")


@app.command("remove")
def remove(name: Name, config: ConfigPath = Path("hutch.toml")) -> None:
    """Forget what the pet NAME looks like, and no longer expect it; its events and photographs stay."""
    settings, pet = load(config), _pet_name(name)
    count = _known(settings, pet).remove(pet)
    _retire(settings, pet)
    typer.echo(f"{pet} is not known any more; {count} sheets of cut-outs are deleted, its events stay")


@app.command("evaluate")
def evaluate(as_json: AsJson = False, config: ConfigPath = Path("hutch.toml")) -> None:
    """Say how well the pets are told apart: each session is named by what all the others taught."""
    from vision.identity.evaluation import LEAST_SESSIONS
    from vision.identity.evaluation import evaluate as evaluated
    from vision.identity.recogniser import vectors_of

    found = evaluated(_gallery(load(config)).sources(), vectors_of)
    pets = sorted({pet for pet, _named in found.confusion})
    columns = [*pets, UNKNOWN_PET]
    if as_json:
        for pet in pets:
            typer.echo(json.dumps({"pet": pet, **{one: found.confusion[pet, one] for one in columns}}))
    elif pets:
        table = Table("truth \\ named", *map(escape, columns))
        for pet in pets:
            table.add_row(escape(pet), *(str(found.confusion[pet, one]) for one in columns))
        Console().print(table)
        typer.echo(f"{found.right} of {found.asked} right, {found.wrong} by a wrong name")
    for pet in found.few:
        typer.echo(
            f"of {pet} there are fewer than {LEAST_SESSIONS} sessions (a camera's day, a day of photographs):"
            " nothing can be said of it; correct events of other days, or add photographs of them",
            err=as_json,
        )
    if found.infrared:
        typer.echo(f"{found.infrared} are by infrared light, which shows no colours", err=as_json)
    if not pets and not found.few:
        typer.echo("no pet is known yet; `hutch pets add NAME --photos DIR` makes one known", err=as_json)


_PHOTO = "photo-"
"""What the id of a photograph begins with in the gallery; no camera is called so and has an event's id."""


def _learn(gallery: Gallery, pet: str, files: list[Path], settings: Config) -> int:
    """Keep cut-outs of those of ``files`` that are pictures, and say which are not.

    Returns how many of them are kept: the same one twice counts once, and there is a bound.
    """
    # What looks at pictures is loaded only by who does.
    from vision.detectors import BadModel
    from vision.identity.colour import picture_has_colour
    from vision.identity.crops import encode
    from vision.identity.portrait import NoPortrait, finder, portrait

    try:
        find = finder(settings.vision.detector)
    except BadModel as error:
        raise UsageError(str(error)) from None
    learnt = set()
    for file in files:
        try:
            crop = portrait(file, find)
        except NoPortrait as error:
            typer.echo(str(error), err=True)
            continue
        taken = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        source = gallery.add(
            pet,
            photo_session(taken),
            f"{_PHOTO}{digest}",
            encode([crop]),
            infrared=not picture_has_colour(crop.picture),
        )
        learnt.add(source.path)
    return sum(path.exists() for path in learnt)


def _enrol(gallery: Gallery, pet: str, event_id: str, clips: Clips) -> bool:
    """Learn from one event, by what the camera kept of it or else by its clip; says how it went."""
    from vision.identity.crops import encode
    from vision.identity.learning import NothingToLearn, album_of

    try:
        if gallery.teach(event_id, pet):
            typer.echo(f"{event_id} shows {pet}")
            return True
        with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
            for chunk in clips.read(clip_key(event_id)):
                file.write(chunk)
            file.flush()
            album = album_of(Path(file.name))
        gallery.add(pet, session_of(event_id), event_id, encode(album.crops), infrared=album.infrared)
    except (NothingToLearn, ClipMissing, ValueError) as error:
        typer.echo(f"{event_id!r:.120} teaches nothing: {error}", err=True)
        return False
    typer.echo(f"{event_id} shows {pet}, by its clip")
    return True


def _photographs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"--photos: {folder} is no folder")
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
    if not files:
        raise UsageError(f"--photos: there is no JPEG, PNG or WebP in {folder}")
    return files


def _register(settings: Config, pet: str, *, instead_of: str = "") -> None:
    """Have the pages know the pet, where they do not yet; nobody is warned when it is not seen, unless
    somebody was to be of the one it takes the place of.
    """
    now = datetime.now(UTC)
    with closing(connect(settings.influx, settings.data_dir)) as store:
        known = [thing for thing in things(store, now) if thing.kind is Kind.PET]
        awaited = {thing for thing in expected(store, now) if thing.kind is Kind.PET}
        before = [thing for thing in known if thing.name == instead_of]
        made = [retirement(thing, now) for thing in before if thing in awaited]
        if not any(thing.name == pet for thing in known):
            made.append(announcement(Thing(Kind.PET, pet, settings.node), now))
            if not any(thing in awaited for thing in before):
                made[-1] = points.make(REGISTRY, made[-1].tags, {**made[-1].fields, "retired": True}, now)
        if made:
            store.write(REGISTRY.name, [points.line(point) for point in made])


def _retire(settings: Config, pet: str) -> None:
    now = datetime.now(UTC)
    with closing(connect(settings.influx, settings.data_dir)) as store:
        gone = [thing for thing in expected(store, now) if thing.kind is Kind.PET and thing.name == pet]
        if gone:
            store.write(REGISTRY.name, [points.line(retirement(thing, now)) for thing in gone])


def _correct_all(settings: Config, pet: str, called: str) -> int:
    """Correct every event of ``pet`` to be ``called``'s; returns how many there were."""
    now, count = datetime.now(UTC), 0
    with closing(connect(settings.influx, settings.data_dir)) as store:
        corrections = Corrections(store, settings.node)
        query = RowQuery(
            PET_EVENT.name, Window(datetime.fromtimestamp(0, UTC), now), {"pet": pet}, limit=1000
        )
        for event in list(every_row(store, query)):
            said = Said(called, event.tags["event_type"])
            corrections.correct(event, said, person=person(), now=now)
            count += 1
    return count


def _known(settings: Config, pet: str) -> Gallery:
    """The gallery, in which ``pet`` is known; raises ``UsageError`` where it is not."""
    gallery = _gallery(settings)
    if pet not in gallery.pets():
        there = ", ".join(gallery.pets()) or "none yet"
        raise UsageError(f"there is no pet {pet!r:.60} in the gallery; there are {there:.400}")
    return gallery


def _gallery(settings: Config) -> Gallery:
    return Gallery(settings.data_dir / FOLDER)


def _pet_name(typed: str) -> str:
    try:
        name: str = TypeAdapter(NewPetName).validate_python(typed)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{typed!r:.60} cannot be a pet's name: {reason[:1].lower()}{reason[1:]}") from None
    return name
