"""``hutch people``: who of the household is known by the face. Of photographs only numbers are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from hutch.config import load
from hutch.errors import UsageError
from hutch.home import make_folder

# OpenCV takes a second to load, so only what needs it does.
if TYPE_CHECKING:
    from vision.faces.finder import Encoding, Finder

app = typer.Typer(help="People of the household, known by their faces.", no_args_is_help=True)
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
Named = Annotated[str, typer.Argument(metavar="NAME", help="What the person is called.")]
_SUFFIXES = {".jpg", ".jpeg", ".png"}
_LARGEST = 40 * 1024 * 1024


@app.command("add")
def add(
    name: Named,
    photos: Annotated[Path, typer.Option(help="Folder of photographs that show this person alone.")],
    leave_out: Annotated[
        bool | None,
        typer.Option(
            "--leave-out/--keep", help="Keep no events and clips of this person; or keep them again."
        ),
    ] = None,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Know NAME by the face from now on; five photographs from several sides are enough, more can be added.

    Kept are 128 numbers a face, never a photograph. Cameras that run know it at once.
    """
    from vision.faces.finder import Dlib, NoFaces
    from vision.faces.gallery import BadPerson, checked
    from vision.faces.looks import gallery_in

    settings = load(config)
    if not settings.vision.consent:
        raise UsageError(
            f"{name} cannot be added: set consent in [vision] of {config} when all agree, {name} too"
        )
    try:
        checked(name)
        files = _files(photos)
        finder = Dlib()
    except (BadPerson, NoFaces) as error:
        raise UsageError(str(error)) from None
    faces = list(_faces(finder, files))
    if not faces:
        raise UsageError(f"{name} is not known: none of the photographs in {photos} shows one face alone")
    make_folder(settings.data_dir)
    try:
        person = gallery_in(settings.data_dir).add(name, faces, left_out=leave_out)
    except BadPerson as error:
        raise UsageError(str(error)) from None
    out = "; events and clips of this person are left out" if person.left_out else ""
    typer.echo(f"{name} is known by {len(person.encodings)} faces{out}")


@app.command("list")
def list_(config: ConfigPath = Path("hutch.toml")) -> None:
    """List who is known, by how many faces, and who is left out."""
    from vision.faces.looks import gallery_in

    table = Table("NAME", "FACES", "EVENTS AND CLIPS")
    for person in gallery_in(load(config).data_dir).people():
        table.add_row(person.name, str(len(person.encodings)), "left out" if person.left_out else "kept")
    Console().print(table)


@app.command("remove")
def remove(name: Named, config: ConfigPath = Path("hutch.toml")) -> None:
    """Forget the face of NAME; what was recorded meanwhile stays."""
    from vision.faces.gallery import BadPerson
    from vision.faces.looks import gallery_in

    settings = load(config)
    try:
        if not gallery_in(settings.data_dir).remove(name):
            raise UsageError(f"nobody is known as {name!r:.60}; `hutch people list` shows who is")
    except BadPerson as error:
        raise UsageError(str(error)) from None
    typer.echo(f"the face of {name} is forgotten")


def _files(folder: Path) -> list[Path]:
    from vision.faces.gallery import MOST_FACES

    if not folder.is_dir():
        raise UsageError(f"--photos: {folder} is no folder")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    if not files:
        raise UsageError(f"--photos: there is no photograph (.jpg, .jpeg, .png) in {folder}")
    if len(files) > MOST_FACES:
        raise UsageError(f"--photos: {folder} holds {len(files)} photographs; {MOST_FACES} are enough")
    return files


def _faces(finder: "Finder", files: list[Path]) -> Iterator["Encoding"]:
    """The face of each file that shows one alone; of the others a sentence on standard error."""
    from vision.faces.photographs import NotAlone, encoding_of

    for path in files:
        if path.stat().st_size > _LARGEST:
            typer.echo(f"{path.name} is passed over: it has more than {_LARGEST >> 20} MiB", err=True)
            continue
        try:
            yield encoding_of(finder, path.read_bytes())
        except NotAlone as error:
            typer.echo(f"{path.name} is passed over: {error}", err=True)
