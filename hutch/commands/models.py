"""``hutch models``: which models there are, having one, and trying out the configured one."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn
from rich.table import Table

from hutch.config import Config, load
from hutch.errors import UsageError, first_line
from hutch.fetch import fetch, sum_of
from hutch.progress import bar as progress_bar
from vision.config import LAYOUT_NAMES, DetectorSection
from vision.models import MODELS, Model

app = typer.Typer(help="Models that find pets.", no_args_is_help=True)

ConfigPath = Annotated[Path | None, typer.Option(help="Configuration file.")]


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The models that are known, how they are read and what their licence is."""
    if as_json:
        for model in MODELS.values():
            row = {"name": model.name, "layout": model.layout, "licence": model.licence, "bytes": model.size}
            typer.echo(json.dumps({**row, "url": model.url or None, "sha256": model.sha256 or None}))
        return
    table = Table("name", "layout", "licence", "size", "good for")
    for model in MODELS.values():
        size = f"{model.size / 1e6:.1f} MB" if model.size else ""
        table.add_row(model.name, model.layout, model.licence, size, model.note)
    Console().print(table)


@app.command()
def pull(
    what: Annotated[str, typer.Argument(metavar="NAME|URL", help="A name of `list`, or any address.")],
    sha256: Annotated[str, typer.Option(help="The SHA-256 that the file of a URL must have.")] = "",
    layout: Annotated[str, typer.Option(help="How the file of a URL is read.")] = "",
    config: ConfigPath = None,
    to: Annotated[Path | None, typer.Option(help="Folder; else `models` in the data folder.")] = None,
) -> None:
    """Fetch a model, check its sum, and say what to write into the configuration."""
    model = _wanted(what, sha256, layout)
    folder = to or (load(config).data_dir if config else Path("data")) / "models"
    target = folder.resolve() / model.file
    if target.is_file() and sum_of(target) == model.sha256.lower():
        typer.echo(f"{target} is there already, and right.")
    else:
        with progress_bar(Console(stderr=True), DownloadColumn()) as bar:
            task = bar.add_task(model.file, total=model.size)
            fetch(
                model.url,
                target,
                sha256=model.sha256,
                progress=lambda have, of: bar.update(task, completed=have, total=of or model.size),
            )
        typer.echo(f"{target} is there, and right.")
    typer.echo(f'\n[vision.detector]\nmodel = "{target}"\nlayout = "{model.layout}"')


@app.command()
def check(
    config: ConfigPath = None,
    model: Annotated[Path | None, typer.Option(help="Another model than the configured one.")] = None,
    layout: Annotated[str, typer.Option(help="How --model is read.")] = "nanodet",
) -> None:
    """Load the configured model, have it look, and say how long that takes on this machine."""
    # What looks at pictures is loaded only by who does: the other commands stay light.
    from vision.detectors import BadModel
    from vision.detectors.trial import try_out

    section = named_or_configured(load(config) if config else None, model, layout)
    try:
        trial = try_out(section)
    except BadModel as error:
        raise UsageError(str(error)) from None
    except Exception as error:  # noqa: BLE001 - a model is somebody else's code, whatever it raises
        raise UsageError(f"the model {section.model} fails when it runs: {first_line(error)}") from None
    table = Table("", str(section.model), show_header=True)
    table.add_row("layout", trial.layout)
    table.add_row("runs on", trial.provider)
    table.add_row("classes that are pets", str(trial.pets))
    table.add_row("a look takes", f"{trial.median * 1000:.0f} ms (longest {trial.longest * 1000:.0f} ms)")
    table.add_row("looks a second", f"{trial.a_second:.1f} of 5, of one camera on an idle machine")
    Console().print(table)
    if trial.too_slow:
        raise UsageError(
            "it is too slow for this machine, and cameras would go on without it: take a smaller one"
        )


def named_or_configured(config: Config | None, model: Path | None, layout: str) -> DetectorSection:
    """The section of the configuration, with ``model`` instead of its own where one is named.

    Raises ``UsageError`` where ``layout`` is none.
    """
    section = config.vision.detector if config else DetectorSection()
    if model is None:
        return section
    if layout not in LAYOUT_NAMES:
        raise UsageError(f"--layout: {layout!r} is none of {', '.join(LAYOUT_NAMES)}")
    return section.model_copy(update={"model": model, "layout": layout})


def _wanted(what: str, sha256: str, layout: str) -> Model:
    model = MODELS.get(what)
    if model is not None and model.url:
        return model
    if model is not None:
        raise UsageError(
            f"{what} is published in no file of its authors; export it, or name a URL with --sha256 and "
            f"--layout {model.layout}"
        )
    if "://" not in what:
        raise UsageError(f"{what!r} is neither a URL nor one of {', '.join(MODELS)}")
    if re.fullmatch(r"[0-9a-fA-F]{64}", sha256) is None:
        raise UsageError("give the SHA-256 that the file must have: --sha256 and 64 hexadecimal digits")
    if layout not in LAYOUT_NAMES:
        raise UsageError(f"say how the model is read: --layout {'|'.join(LAYOUT_NAMES)}")
    model = Model(what, layout, "", "", what, sha256)
    if not model.file:
        raise UsageError(f"{what} ends in no name of a file")
    return model
