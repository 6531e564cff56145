"""docker-compose.yml, really brought up: networks, health, users and secrets as containers have them.

Grafana and Mailpit are stubs that tell what they were asked; what else stands in for what is in ``images``,
and Grafana is a real one where ``HUTCH_GRAFANA_HOME`` names an installation.
"""

import contextlib
import errno
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.daemon import until
from tests.deploy.engine import talk
from tests.deploy.engine.engine import WORLD, require_one
from tests.deploy.engine.stack import DOOR, Stack, brought_up
from tests.grafana_server import HOME_VARIABLE

pytestmark = pytest.mark.timeout(600)

STAYING = {"caddy", "api", "influxdb", "grafana", "minio", "collector", "vision", "mailpit"}
KNOWS = {
    "HUTCH_OWNER_PASSWORD": {"setup"},
    "HUTCH_S3_ACCESS_KEY": {"api", "minio", "vision"},
    "HUTCH_S3_SECRET_KEY": {"api", "minio", "vision"},
    "HUTCH_GRAFANA_SECRET_KEY": {"grafana"},
}
"""Who is told which secret of .env."""
PROCESSES = """
import json, os
def told(pid):
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return {name: words.split() for name, _, words in (line.partition(":") for line in lines)}
print(json.dumps([told(pid) for pid in os.listdir("/proc") if pid.isdigit()]))
"""
WRITES = """
import json, os
def refused(place):
    try:
        os.close(os.open(f"{place}/written", os.O_WRONLY | os.O_CREAT))
    except OSError as error:
        return error.errno
print(json.dumps({place: refused(place) for place in ("", "/etc", "/usr/bin", "/opt", "/var/lib")}))
"""
READ = "import json, sys; print(json.dumps(open(sys.argv[1]).read()))"
LISTED = "import json, os, sys; print(json.dumps(os.listdir(sys.argv[1])))"
ASKED_AS_GRAFANA = """
import json, os, urllib.error, urllib.request
[token] = {
    line.partition("=")[2]
    for pid in os.listdir("/proc") if pid.isdigit() and os.stat(f"/proc/{pid}").st_uid == os.getuid()
    for line in open(f"/proc/{pid}/environ").read().split(chr(0))
    if line.startswith("HUTCH_GRAFANA_INFLUX_TOKEN=")
}
def asked(path, body=None):
    request = urllib.request.Request("http://influxdb:8086" + path, body, {"Authorization": "Token " + token})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
print(json.dumps({
    "its file": open("/handed/grafana").read().strip() == token,
    "buckets": asked("/api/v2/buckets"),
    "write": asked("/api/v2/write?org=hutch&bucket=readings", b"temperature,node=x value=1"),
    "dashboards": sorted(os.listdir("/etc/grafana/provisioning/dashboards")),
}))
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    require_one()
    with brought_up() as made:
        yield made


@pytest.fixture
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    with stack.client() as client:
        yield client


@pytest.fixture
def ada(stack: Stack) -> Iterator[httpx.Client]:
    with stack.owner() as client:
        yield client


def recordings(ada: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ada.get("/recordings").raise_for_status().json()["recordings"]
    return [event for event in found if event["clip_state"] == "stored"]


def newest_reading(ada: httpx.Client) -> datetime:
    """When the last temperature was measured that is in the database."""
    latest = ada.get("/latest", params={"sensor": "simulated"}).raise_for_status().json()
    times = [value["time"] for value in latest["values"]]
    return max(map(datetime.fromisoformat, times), default=datetime.min.replace(tzinfo=UTC))


def test_only_caddys_ports_are_published(stack: Stack) -> None:
    assert stack.engine.listening() == {80, 443}
    published = {
        name: [port for port, at in known["NetworkSettings"]["Ports"].items() if at]
        for name, known in stack.containers().items()
    }
    assert {name for name, ports in published.items() if ports} == {"caddy"}
    assert sorted(published["caddy"]) == ["8080/tcp", "8443/tcp"]


def test_no_address_answers_without_a_login(ada: httpx.Client, stranger: httpx.Client) -> None:
    paths = ada.get("/openapi.json").raise_for_status().json()["paths"]
    asked = [
        (method, re.sub(r"{[^}]*}", "nothing-0", path), operation["x-right"])
        for path, operations in paths.items()
        for method, operation in operations.items()
    ]
    assert len(asked) > 40
    assert {path for _, path, right in asked if right == "public"} == {"/health", "/auth/token"}
    others = ["/", "/docs", "/openapi.json", "/pages/events", "/d/nothing-0/data", "/grafana/", "/mailpit/"]
    others += [
        "/grafana/api/health",
        "/grafana/public/build/app.js",
        "/mailpit/api/v1/messages",
        "/mailpit/readyz",
    ]
    asked += [(method, path, "view") for path in others for method in ("get", "post")]
    let_in = {}
    for method, path, right in asked:
        status = stranger.request(method, path).status_code
        if right != "public" and status != 401:
            let_in[f"{method} {path}"] = status
    assert let_in == {}


def test_plain_http_leads_to_tls_and_nowhere_else(stack: Stack) -> None:
    with stack.client("http") as plain:
        for path in ("/", "/health", "/grafana/", "/mailpit/", "/events?last=P1D"):
            answer = plain.get(path)
            assert answer.status_code == 308
            assert answer.headers["location"] == f"https://{plain.base_url.host}{path}"


def test_one_login_opens_the_pages_grafana_and_the_mails(ada: httpx.Client) -> None:
    assert ada.get("/").status_code == 200
    assert ada.get("/mailpit/").raise_for_status().json()["path"] == "/mailpit/"
    if os.environ.get(HOME_VARIABLE):
        assert ada.get("/grafana/api/user").raise_for_status().json()["login"] == "ada"
        assert ada.get("/grafana/api/search").raise_for_status().json(), "there are no dashboards"
        return
    told = ada.get("/grafana/d/home").raise_for_status().json()
    assert told["path"] == "/grafana/d/home"
    assert (told["headers"]["x-webauth-user"], told["headers"]["x-webauth-role"]) == ("ada", "Admin")
    assert "cookie" not in told["headers"]


def test_readings_events_clips_and_the_live_picture_come(ada: httpx.Client) -> None:
    until("a reading of the collector", lambda: newest_reading(ada).year > 1, 120)
    with ada.stream("GET", "/live") as answer:
        assert answer.status_code == 200
        seen = b""
        for chunk in answer.iter_raw():
            seen += chunk
            if seen.count(b"\xff\xd8\xff") >= 3:
                break
    until("an event with its clip", lambda: bool(recordings(ada)), 150)
    clip = ada.get(httpx.URL(recordings(ada)[0]["clip"]).path).raise_for_status()
    assert clip.headers["content-type"] == "video/mp4"
    assert clip.content[4:8] == b"ftyp"


def check_processes(name: str, stack: Stack) -> None:
    """Fail where a process of the container is root, or could become it."""
    processes = stack.within(name, PROCESSES)
    assert len(processes) > 1, "the one that stays, and the one that looks"
    # Caddy's program does not start where this is taken from what it could have; it has it not.
    bound = 1 << 10 if name == "caddy" else 0
    for told in processes:
        who = f"{name}: {told['Name']}"
        assert "0" not in told["Uid"] + told["Gid"] + told["Groups"], who
        assert {int(told[each][0], 16) for each in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}, who
        assert int(told["CapBnd"][0], 16) == bound, who
        assert told["NoNewPrivs"] == ["1"], who
        assert told["Seccomp"] == ["2"], who


def test_nobody_is_root_and_nobody_can_become_it(stack: Stack) -> None:
    for name in STAYING:
        check_processes(name, stack)


def test_no_root_folder_can_be_written(stack: Stack) -> None:
    for name in STAYING:
        assert set(stack.within(name, WRITES).values()) == {errno.EROFS}, name


def test_everybody_is_told_their_own_secrets_and_no_others(stack: Stack) -> None:
    known = {name: json.dumps(container) for name, container in stack.containers().items()}
    secrets = {name: secret for name, secret in stack.secrets.items() if name in KNOWS}
    assert (
        secrets.keys() == KNOWS.keys() == {name for name in stack.secrets if re.search("KEY|PASSWORD", name)}
    )
    for name, secret in secrets.items():
        assert {service for service, text in known.items() if secret in text} == KNOWS[name], name
    for token in (
        stack.within("api", READ, "/tokens/writer"),
        stack.within("grafana", READ, "/handed/grafana"),
    ):
        assert not any(token.strip() in text for text in known.values())


def test_who_may_log_in_is_out_of_reach_of_what_looks_at_cameras(stack: Stack) -> None:
    assert stack.within("api", LISTED, "/var/lib/hutch/access")
    for name in ("collector", "vision"):
        assert stack.within(name, LISTED, "/var/lib/hutch/access") == [], name
    assert "operator" not in stack.within("api", LISTED, "/tokens")


def test_grafana_got_a_token_that_only_reads(stack: Stack) -> None:
    told = stack.within("grafana", ASKED_AS_GRAFANA)
    assert told["its file"]
    assert told["buckets"] == 200
    assert told["write"] in (401, 403)
    assert "home.json" in told["dashboards"]


def test_networks_have_the_members_that_the_table_names(stack: Stack) -> None:
    found: dict[str, set[str]] = {}
    for name, container in stack.containers().items():
        for network in talk.networks_of(container):
            found.setdefault(network, set()).add(name)
    assert found == {network.name: set(network.members) for network in talk.told()}


def test_nobody_reaches_whom_the_table_does_not_name(stack: Stack) -> None:
    targets = talk.targets(stack)
    found: set[talk.Way] = set()
    for name in (*STAYING, "setup"):
        others = {target[:3]: target[3] for target in targets if target[0] != name}
        within = stack.within_another if name == "setup" else stack.within
        reached = within(name, talk.REACHED, json.dumps(list(others)))
        found |= {(name, other, others[other, at, port]) for other, at, port in reached}
    assert found == talk.meetings(talk.told(), {target[0] for target in targets})


def test_what_has_no_way_out_has_none(stack: Stack) -> None:
    beyond = json.dumps([("world", WORLD, 80)])
    containers = stack.containers()
    for name in STAYING:
        allowed = bool(talk.ways_out() & talk.networks_of(containers[name]).keys())
        assert bool(stack.within(name, talk.REACHED, beyond)) == allowed, name


@pytest.mark.parametrize("name", sorted(KNOWS))
def test_without_a_secret_nothing_starts(stack: Stack, name: str) -> None:
    lines = (stack.clone / ".env").read_text().splitlines(keepends=True)
    lacking = stack.clone / "lacking"
    lacking.write_text("".join(line for line in lines if not line.startswith(f"{name}=")))
    refused = stack.compose("--env-file", str(lacking), "up", "--detach")
    assert refused.returncode != 0
    assert f"{name} is missing a value" in refused.stderr


def test_without_a_configuration_nothing_starts(stack: Stack) -> None:
    config, away = stack.clone / "hutch.toml", stack.clone / "away.toml"
    config.rename(away)
    try:
        refused = stack.compose("run", "--rm", "--no-deps", "setup")
    finally:
        made = config.is_dir()
        if made:
            config.rmdir()
        away.rename(config)
    assert not made, "Docker made a folder in its place"
    assert refused.returncode != 0
    assert str(config) in refused.stderr


def test_what_dies_is_started_again_and_nothing_is_lost(stack: Stack, ada: httpx.Client) -> None:
    until("a reading", lambda: newest_reading(ada).year > 1, 120)

    def started_again() -> set[str]:
        return {name for name, known in stack.containers().items() if known["RestartCount"]}

    for name in ("influxdb", "caddy"):
        stack.kill(name)
    until("both were started again", lambda: started_again() == {"influxdb", "caddy"}, 60)
    killed = datetime.now(UTC)

    def reads_on() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return newest_reading(ada) > killed
        return False

    until("readings come again", reads_on, 120)


def test_everything_becomes_healthy(stack: Stack) -> None:
    stack.up()
    assert stack.states() == dict.fromkeys(STAYING, "healthy") | {"setup": "exited (0)"}


def test_down_and_up_again_keeps_everything(stack: Stack, ada: httpx.Client) -> None:
    until("an event with its clip", lambda: bool(recordings(ada)), 150)
    event = recordings(ada)[-1]
    clip = httpx.URL(event["clip"]).path
    before = ada.get(clip).raise_for_status().content
    token = stack.within("api", READ, "/tokens/writer")
    stack.done("down")
    assert stack.containers() == {}
    assert stack.engine.listening() == set()
    stack.up(*DOOR)
    # The login of before, by the authority of before.
    assert event["event_id"] in {each["event_id"] for each in recordings(ada)}
    assert ada.get(clip).raise_for_status().content == before
    assert stack.within("api", READ, "/tokens/writer") == token


def test_seaweedfs_takes_the_place_of_minio(stack: Stack, ada: httpx.Client) -> None:
    stack.done("stop", "minio")
    instead = "seaweedfs,demo,dev"
    stack.start("vision", profiles=instead)
    stack.up("seaweedfs", profiles=instead)
    assert stack.states()["seaweedfs"] == "healthy"
    check_processes("seaweedfs", stack)
    since = datetime.now(UTC)

    def stored() -> list[dict[str, Any]]:
        return [event for event in recordings(ada) if datetime.fromisoformat(event["start"]) > since]

    until("an event with its clip in SeaweedFS", lambda: bool(stored()), 150)
    assert ada.get(httpx.URL(stored()[0]["clip"]).path).raise_for_status().content[4:8] == b"ftyp"
