"""``hutch grafana``: look after the Grafana that shows what Hutch knows."""

import typer

from hutch.commands import grafana_annotations, grafana_apply, grafana_check

app = typer.Typer(help="Look after the Grafana that shows what Hutch knows.", no_args_is_help=True)
app.command("check")(grafana_check.check)
app.command("apply")(grafana_apply.apply)
app.command("annotations")(grafana_annotations.annotations)
