"""``hutch watch``: find the events in a recording."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import TaskProgressColumn
from rich.table import Table

from hutch.commands.models import named_or_configured
from hutch.config import Config, load, parse
from hutch.errors import UsageError
from hutch.progress import bar as progress_bar

if TYPE_CHECKING:
    from vision.truth import Truth
    from vision.watch import Seen


def watch(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, as events close.")] = False,
    camera: Annotated[str, typer.Option(help="Camera of the configuration whose zones and masks hold.")] = "",
    model: Annotated[
        Path | None, typer.Option(help="Model that finds pets, instead of [vision.detector].")
    ] = None,
    layout: Annotated[
        str, typer.Option(help="How --model is read: nanodet, yolox, rf-detr, d-fine, ssd.")
    ] = "nanodet",
    truth: Annotated[
        Path | None, typer.Option(help="What was really to be seen (docs/world.md): say how far that agrees.")
    ] = None,
    start: Annotated[datetime | None, typer.Option(help="When it was recorded, in UTC.")] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    data_dir: Annotated[Path, typer.Option(help="Where to keep events and clips.")] = Path("data"),
) -> None:
    """Find the events in FILE as fast as it goes, and store them with their clips."""
    # What looks at pictures is loaded only by who does: the other commands stay light.
    from hutch.recording import bring_in
    from vision.detectors import BadModel
    from vision.truth import BadTruth, read_truth
    from vision.watch import NotAVideo

    try:
        known = read_truth(truth) if truth else None
    except BadTruth as error:
        raise UsageError(f"--truth: {error}") from None
    settings = load(config) if config else _plain(data_dir)
    console = Console(stderr=True)
    seen: list[Seen] = []
    with progress_bar(console, TaskProgressColumn()) as bar:
        task = bar.add_task(file.name, total=1.0)
        try:
            for one in bring_in(
                file,
                settings,
                start=start.replace(tzinfo=UTC) if start else None,
                seen_by=camera,
                detector=named_or_configured(settings, model, layout),
                zones=known.zones if known else (),
                progress=lambda part: bar.update(task, completed=part),
                warn=lambda sentence: console.print(sentence, style="yellow"),
            ):
                seen.append(one)
                if as_json:
                    typer.echo(json.dumps(_row(one, settings)))
        except (NotAVideo, BadModel) as error:
            raise UsageError(str(error)) from None
    if not as_json:
        Console().print(_table(seen, settings))
    if known is not None:
        _compare(known, seen, as_json=as_json)


def _compare(known: "Truth", seen: "list[Seen]", *, as_json: bool) -> None:
    from hutch.agreement import Agreement

    agreement = Agreement(known, seen)
    if as_json:
        typer.echo(json.dumps({"agreement": agreement.row()}))
        return
    console = Console()
    for part in agreement.tables():
        console.print(part)


def _plain(data_dir: Path) -> Config:
    config = parse({}, "the defaults")
    return config.model_copy(update={"data_dir": data_dir.resolve()})


def _row(one: "Seen", config: Config) -> dict[str, Any]:
    from hutch.recording import clip_address

    return {
        "event_id": one.event.id,
        "event_type": one.event.event_type,
        "pet": one.event.pet,
        "start_s": round(one.start_s, 3),
        "end_s": round(one.end_s, 3),
        "clip": clip_address(config, one.event.clip) or None,
    }


def _table(seen: "list[Seen]", config: Config) -> Table:
    table = Table(
        "start", "end", "event type", "pet", "clip", title=f"{len(seen)} events", title_justify="left"
    )
    for one in seen:
        row = _row(one, config)
        table.add_row(
            f"{one.start_s:.1f} s", f"{one.end_s:.1f} s", row["event_type"], row["pet"], row["clip"] or "–"
        )
    return table
