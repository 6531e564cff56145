"""Writes Grafana's provisioning: every dashboard, the data source, where Grafana finds the dashboards, and
the alert rules with who is told of them.

``python -m grafana.build`` writes what is committed, for a home that nobody has configured; ``--check``
compares. For one's own home ``write(Home(...), folder)`` does the same elsewhere.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from grafana.alerting import files as alerting
from grafana.dashboards import climate, clips, devices, gas, home, nursery, pets
from grafana.home import ANY_HOME, Home
from grafana.house import DATASOURCE, Dashboard, rendered
from influx.buckets import bucket_name
from influx.schema import ENVIRONMENT

FOLDER = Path(__file__).with_name("provisioning")
_BOARDS = "dashboards"
_ALERTING = "alerting"
_EMPTY = ("plugins",)
"""A folder that Grafana logs an error for where it is missing."""
_MADE = "# Made by `python -m grafana.build`: change grafana/ and run `make generate`.\n"


def dashboards(of: Home) -> list[Dashboard]:
    """Every dashboard, in the order in which people are led through them."""
    return [board.dashboard(of) for board in (home, climate, pets, clips, nursery, gas, devices)]


def files(of: Home = ANY_HOME) -> dict[str, str]:
    """The text of each file by its place below ``provisioning``."""
    boards = {
        f"{_BOARDS}/{board.name}.json": json.dumps(rendered(board, of), ensure_ascii=False, indent=1) + "\n"
        for board in dashboards(of)
    }
    alerts = {f"{_ALERTING}/{name}": _MADE + text for name, text in alerting.files(of).items()}
    return boards | alerts | {f"{_BOARDS}/hutch.yml": _provider(), "datasources/hutch.yml": _datasource(of)}


def write(of: Home, folder: Path) -> None:
    """Write every file below ``folder``, and remove dashboards of ours that there are no longer.

    Everybody may read them, for Grafana is another user; where it reads meanwhile, it gets a file whole.
    """
    made = files(of)
    for name in {*_EMPTY, *(name.split("/")[0] for name in made)}:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name).chmod(0o755)
    for name, text in made.items():
        draft = (folder / name).with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(folder / name)
    for path in _left_over(folder, made):
        path.unlink()


def differences(of: Home, folder: Path) -> list[str]:
    """The places of files that are missing, are no longer wanted, or have another text."""
    made = files(of)
    wrong = [name for name, text in made.items() if _text(folder / name) != text]
    return wrong + [str(path.relative_to(folder)) for path in _left_over(folder, made)]


def _left_over(folder: Path, made: Mapping[str, str]) -> list[Path]:
    there = sorted((folder / _BOARDS).glob("*.json"))
    return [path for path in there if f"{_BOARDS}/{path.name}" not in made]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _provider() -> str:
    """Beside the dashboards: Grafana reads ``*.yml`` of the folder, and ``*.json`` where ``path`` says."""
    return f"""{_MADE}apiVersion: 1
providers:
  - name: Hutch
    folder: Hutch
    folderUid: hutch
    type: file
    disableDeletion: false
    # The repository is the only author.
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: /etc/grafana/provisioning/dashboards
      foldersFromFilesStructure: false
"""


def source_settings(of: Home, organisation: str) -> dict[str, str]:
    """What everybody may see of the data source's settings (``jsonData``)."""
    return {
        "version": "Flux",
        "organization": organisation,
        "defaultBucket": bucket_name(ENVIRONMENT.bucket, of.prefix),
        # No step is shorter: sensors are read every few seconds.
        "timeInterval": "10s",
    }


def _datasource(of: Home) -> str:
    """Addresses and the token, which may read and no more, come from Grafana's environment."""
    told = source_settings(of, "${HUTCH_INFLUX_ORG}").items()
    settings = "".join(f"      {name}: {value}\n" for name, value in told)
    return f"""{_MADE}apiVersion: 1
datasources:
  - name: Hutch
    type: {DATASOURCE["type"]}
    uid: {DATASOURCE["uid"]}
    access: proxy
    url: ${{HUTCH_INFLUX_URL}}
    isDefault: true
    editable: false
    jsonData:
{settings}    secureJsonData:
      # As `hutch influx apply` makes it for Grafana: secrets/influx/grafana.
      token: ${{HUTCH_GRAFANA_INFLUX_TOKEN}}
"""


def main(arguments: list[str]) -> int:
    """Write the committed files, or with ``--check`` compare them; the exit code is 1 where one differs."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m grafana.build [--check]\n")
        return 2
    if not arguments:
        write(ANY_HOME, FOLDER)
        return 0
    wrong = differences(ANY_HOME, FOLDER)
    for name in wrong:
        sys.stderr.write(f"grafana/provisioning/{name} is not as grafana/ says; run `make generate`\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
