"""The bar that long work shows."""

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn


def bar(console: Console, done: ProgressColumn) -> Progress:
    """A bar on ``console`` that goes when the work ends; ``done`` says how far that is, in its own way."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        done,
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
