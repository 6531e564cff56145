"""Imports only go left: influx ← collector ← vision ← api ← hutch, and influx ← grafana ← hutch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("influx", "collector", "vision", "api", "hutch")
BESIDE = {"grafana": {"influx", "grafana"}}
"""Packages that stand beside that line, with what they may import; the last of the line may import them."""
OURS = {*ORDER, *BESIDE}


def allowed_in(package: str) -> set[str]:
    if package in BESIDE:
        return BESIDE[package]
    return {*ORDER[: ORDER.index(package) + 1], *(BESIDE if package == ORDER[-1] else ())}


ADAPTERS = {
    "picamera2": set(),
    "sense_hat": {"collector/sensors/sense_hat.py"},
    "smbus2": {"collector/sensors/i2c.py"},
    "serial": {"collector/sensors/usb_serial.py"},
    "regex": {"collector/sensors/line_format.py"},
    "onnxruntime": {"vision/detectors/onnx.py"},
    "dlib": {"vision/faces/finder.py"},
    "face_recognition": set(),
    "face_recognition_models": set(),
    "av": {"vision"},
    "cv2": {"vision"},
    "duckdb": {"influx/archive/parquet_file.py"},
    "influxdb_client": {"influx"},
    "minio": {"vision/s3.py"},
    "grafana_client": {"hutch/grafana/client.py", "hutch/grafana/graphs.py", "hutch/grafana/server.py"},
    "requests": {"hutch/grafana/client.py"},
    "paho": {"collector/mqtt/connection.py", "collector/mqtt/subscriber.py"},
    "socketio": {"api/gas/socket_io.py"},
    "engineio": {"api/gas/socket_io.py"},
    "jsonpath": {"collector/json_path.py"},
}
"""Where a heavy or hardware library may be imported: a file, or a package."""


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; say the whole name"
            names.add((node.module or "").split(".")[0])
    return names


FILES = [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_packages_to_its_left(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    wrong = imported_by(path) & OURS - allowed_in(package)
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}, which {package} may not"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_stay_inside_their_adapter(path: Path) -> None:
    relative = path.relative_to(ROOT)
    for library in imported_by(path) & set(ADAPTERS):
        allowed = ADAPTERS[library]
        assert str(relative) in allowed or relative.parts[0] in allowed, (
            f"{relative} imports {library}, which only {sorted(allowed)} may"
        )


INSIDE_API = ("routes", "pages")
"""What stands on the rooms of the API's subjects, and beside each other."""


OF_API = [path for path in FILES if path.is_relative_to(ROOT / "api")]


@pytest.mark.parametrize("path", OF_API, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_of_the_api_imports_what_stands_on_it(path: Path) -> None:
    own = path.relative_to(ROOT / "api").parts[0]
    if own == "app.py":
        return
    imported = {
        node.module.split(".")[1]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("api.") and node.module
    }
    wrong = imported & {*INSIDE_API} - {own}
    assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}: what both need belongs into a room"


def test_the_commands_load_no_web_framework() -> None:
    code = 'import hutch.cli, sys; sys.exit(f\'{sorted({"fastapi", "jinja2", "httpx"} & set(sys.modules))}\')'
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert loaded.stderr.strip() == "[]"


def test_the_api_decodes_no_picture_itself() -> None:
    code = 'import api.app, sys; sys.exit(f\'{sorted({"cv2", "av", "numpy"} & set(sys.modules))}\')'
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert loaded.stderr.strip() == "[]"


def test_the_guard_sees_files() -> None:
    assert len(FILES) > 15
