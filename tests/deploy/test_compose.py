"""What docker-compose.yml promises, as Compose reads it, with the .env that ``hutch init`` makes."""

import re
import signal
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from api.access.naming import BadName, user_name
from api.access.place import key_path, ledger_path
from grafana.build import files
from hutch.config import load
from hutch.new_home import CADDY
from tests.deploy.composed import FILE, INIT, compose, copied, hutch, understood

EVERY = "minio,seaweedfs,demo,node,dev"
SECRET = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")
TALK = {
    ("caddy", "api"),
    ("caddy", "grafana"),
    ("api", "influxdb"),
    ("setup", "influxdb"),
    ("grafana", "influxdb"),
    ("api", "grafana"),
    ("collector", "influxdb"),
    ("api", "minio"),
    ("api", "seaweedfs"),
    ("vision", "minio"),
    ("vision", "seaweedfs"),
    ("api", "mailpit"),
    ("caddy", "mailpit"),
}
"""Who has to ask whom."""
SHARED_BY_MANY = {
    frozenset({"api", "setup"}),
    frozenset({"api", "collector"}),
    frozenset({"setup", "collector"}),
    frozenset({"api", "vision"}),
    frozenset({"minio", "seaweedfs"}),
}
"""Who meets at a store that several ask; our own code, or two stores of which one runs."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("clone"))
    done = hutch("init", *INIT, "--demo", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def config(clone: Path) -> dict[str, Any]:
    """Everything, whatever its profile."""
    return understood(clone, environment={"COMPOSE_PROFILES": EVERY})


@pytest.fixture(scope="module")
def services(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(config["services"])


def variables() -> Iterator[re.Match[str]]:
    return SECRET.finditer(FILE.read_text())


def test_without_env_compose_names_what_is_missing(tmp_path: Path) -> None:
    done = compose("config", folder=copied(tmp_path))
    assert done.returncode != 0
    assert re.search(r"HUTCH_\w+ is missing a value: is missing; hutch init --full makes it", done.stderr)


@pytest.mark.parametrize("name", sorted({found["name"] for found in variables() if "?" in found["rest"]}))
def test_each_thing_that_is_missing_or_empty_is_named(clone: Path, name: str) -> None:
    for line in ("", f"{name}=\n"):
        lines = (clone / ".env").read_text().splitlines(keepends=True)
        (clone / "lacking").write_text("".join(one for one in lines if not one.startswith(f"{name}=")) + line)
        done = compose("--env-file", "lacking", "config", folder=clone)
        assert done.returncode != 0, f"{name} may be missing"
        assert name in done.stderr


def test_no_secret_has_a_default() -> None:
    for found in variables():
        if re.search("KEY|PASSWORD|TOKEN|SECRET", found["name"]):
            assert found["rest"].startswith(":?") or found["rest"] == ":-", found[0]
    text = FILE.read_text()
    for line in text.splitlines():
        if re.search(r"^\s+\w*(KEY|PASSWORD|SECRET)\w*:", line):
            assert ": ${HUTCH_" in line, line


def test_init_and_compose_agree_on_what_is_needed(clone: Path) -> None:
    made = {line.split("=")[0] for line in (clone / ".env").read_text().splitlines() if line[:1].isupper()}
    needed = {found["name"] for found in variables() if "?" in found["rest"]}
    assert needed <= made
    assert made - needed == {"HUTCH_TLS", "COMPOSE_PROFILES"}


def test_what_runs_is_what_the_profiles_say(clone: Path) -> None:
    always = {"caddy", "api", "setup", "influxdb", "grafana"}
    for profiles, more in (
        ("", set()),
        ("minio", {"minio"}),
        ("seaweedfs", {"seaweedfs"}),
        ("minio,demo", {"minio", "collector", "vision"}),
        ("minio,dev", {"minio", "mailpit"}),
    ):
        assert set(understood(clone, environment={"COMPOSE_PROFILES": profiles})["services"]) == always | more
    assert set(understood(clone)["services"]) == always | {"minio", "collector", "vision"}, ".env says demo"


def test_nothing_is_published_but_caddy(services: dict[str, dict[str, Any]]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["caddy"]
    assert [(port["published"], port["target"]) for port in published["caddy"]] == [
        ("80", 8080),
        ("443", 8443),
    ]
    assert not any("network_mode" in service for service in services.values())


def test_nobody_is_root_or_can_become_it(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        user, group = service["user"].split(":")
        assert int(user) > 0, name
        assert int(group) > 0, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else []), name
        assert not service.get("privileged"), name


def test_nothing_is_written_but_volumes_and_memory(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert all("size=" in place for place in service["tmpfs"]), f"{name} could fill the memory"
        for mount in service.get("volumes", ()):
            assert mount["type"] in ("bind", "volume"), name
            if mount["type"] == "bind":
                assert mount.get("read_only"), f"{name} may write to {mount['source']}"
                assert mount["bind"].get("create_host_path") is not True, f"{name}: {mount['source']}"
            assert "docker.sock" not in mount["source"]


def test_everything_has_limits_a_log_that_ends_and_comes_back(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"memory", "cpus", "pids"}, name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert service["restart"] == ("on-failure:5" if name == "setup" else "unless-stopped"), name


def test_everything_that_stays_says_whether_it_is_well(services: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"setup"}


def test_everything_waits_for_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    waits = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }
    healthy, done = "service_healthy", "service_completed_successfully"
    assert waits["setup"] == {"influxdb": healthy}
    assert waits["api"] == {"influxdb": healthy, "setup": done, "minio": healthy, "seaweedfs": healthy}
    assert waits["grafana"] == {"influxdb": healthy, "setup": done}
    assert waits["caddy"]["api"] == healthy


def test_every_image_is_pinned(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if "build" not in service:
            assert re.search(r":v?\d+\.\d+(\.\d+)?(-alpine)?$", service["image"]), name


def test_only_who_must_can_talk(config: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    quiet = {
        name
        for name, network in config["networks"].items()
        if network.get("driver_opts", {}).get("com.docker.network.bridge.enable_icc") == "false"
    }
    wanted = {frozenset(pair) for pair in TALK} | SHARED_BY_MANY
    for name, service in services.items():
        for other, its in services.items():
            shared = (set(service["networks"]) & set(its["networks"])) - quiet
            if name < other and shared:
                assert frozenset({name, other}) in wanted, f"{name} and {other} meet in {shared}"
    for one, other in TALK:
        assert set(services[one]["networks"]) & set(services[other]["networks"]), (
            f"{one} cannot reach {other}"
        )


def test_what_holds_the_data_has_no_way_out(
    config: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    inside = {name for name, network in config["networks"].items() if network.get("internal")}
    for name in ("influxdb", "grafana", "minio", "seaweedfs", "setup", "mailpit"):
        assert set(services[name]["networks"]) <= inside, name


def test_who_is_believed_by_its_address_has_it_alone(
    clone: Path, config: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    """Everybody in a network with fixed addresses has one, or Docker might give somebody Caddy's."""
    for network in ("front", "graphs", "notes"):
        (pool,) = config["networks"][network]["ipam"]["config"]
        there = [
            service["networks"][network] for service in services.values() if network in service["networks"]
        ]
        addresses = [ip_address(one["ipv4_address"]) for one in there]
        assert len(set(addresses)) == len(addresses)
        assert all(address in ip_network(pool["subnet"]) for address in addresses)
    caddy, grafana = services["caddy"]["networks"], services["grafana"]["environment"]
    assert caddy["front"]["ipv4_address"] == CADDY
    assert f'trusted_proxies = ["{CADDY}"]' in (clone / "hutch.toml").read_text()
    believed = {caddy["graphs"]["ipv4_address"], services["api"]["networks"]["notes"]["ipv4_address"]}
    assert set(grafana["GF_AUTH_PROXY_WHITELIST"].split(", ")) == believed


def test_grafana_believes_nobody_else(services: dict[str, dict[str, Any]]) -> None:
    told = services["grafana"]["environment"]
    for name in ("GF_AUTH_ANONYMOUS_ENABLED", "GF_AUTH_BASIC_ENABLED", "GF_USERS_ALLOW_SIGN_UP"):
        assert told[name] == "false"
    assert told["GF_AUTH_DISABLE_LOGIN_FORM"] == told["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert told["GF_SERVER_ROOT_URL"] == "https://hutch.example.org/grafana/"


def test_the_api_reaches_grafana_where_and_as_hutch_toml_says(
    clone: Path, services: dict[str, dict[str, Any]]
) -> None:
    grafana = load(clone / "hutch.toml").grafana
    there = urlsplit(grafana.url)
    assert there.hostname in services["grafana"]["networks"]["notes"]["aliases"]
    assert there.path == urlsplit(services["grafana"]["environment"]["GF_SERVER_ROOT_URL"]).path.rstrip("/")
    shared = services["api"]["networks"].keys() & services["grafana"]["networks"].keys()
    assert shared == {"notes"}
    with pytest.raises(BadName):
        user_name(grafana.as_user)


def test_only_setup_holds_the_operators_token(services: dict[str, dict[str, Any]]) -> None:
    def at(name: str) -> dict[str, str]:
        return {mount["target"]: mount["source"] for mount in services[name].get("volumes", ())}

    assert [name for name in services if "operator" in at(name).values()] == ["setup"]
    assert at("setup")["/handed/hutch"] == at("api")["/tokens"] == at("collector")["/tokens"] == "tokens"
    assert [name for name in services if "tokens" in at(name).values()] == ["api", "collector", "setup"]
    assert [name for name in services if "grafana-token" in at(name).values()] == ["grafana", "setup"]


def test_what_looks_at_cameras_and_sensors_cannot_let_anybody_in(
    clone: Path, services: dict[str, dict[str, Any]]
) -> None:
    """Ledger and key are on a volume of their own, whose place in the data folder is empty for the others."""
    mounts = {
        name: [each["target"] for each in service.get("volumes", ()) if each["source"] == "access"]
        for name, service in services.items()
    }
    data_dir = load(clone / "hutch.toml").data_dir
    assert {name for name, targets in mounts.items() if targets} == {"api", "setup"}
    for targets in (mounts["api"], mounts["setup"]):
        assert targets == [str(ledger_path(data_dir).parent)] == [str(key_path(data_dir).parent)]


def test_grafana_reads_what_setup_made_for_this_home(services: dict[str, dict[str, Any]]) -> None:
    [mount] = [each for each in services["grafana"]["volumes"] if each["source"] == "provisioning"]
    assert (mount["target"], mount["read_only"]) == ("/etc/grafana/provisioning", True)
    assert mount["volume"]["nocopy"] is True, "the image has folders of its own there"
    [made] = [each["target"] for each in services["setup"]["volumes"] if each["source"] == "provisioning"]
    assert f"--dashboards-to={made}" in services["setup"]["command"]
    assert made in (FILE.parent / "deploy" / "Dockerfile").read_text(), "or it would be root's"
    first = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert first.removeprefix(f"{mount['target']}/") in files()


def entrypoint_of_grafana(services: dict[str, dict[str, Any]], handed: Path, instead: str) -> list[str]:
    """As its container runs it, but for the places, and a moment for every half minute."""
    shell, option, script = (word.replace("$$", "$") for word in services["grafana"]["entrypoint"])
    for place, here in (("/handed/grafana", str(handed)), ("/run.sh", instead), ("sleep 30", "sleep 0.05")):
        assert place in script
        script = script.replace(place, here)
    return [shell, option, script]


def test_grafana_ends_when_its_token_is_replaced(services: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """Docker then starts it again, with the new one."""
    handed, program = tmp_path / "grafana", tmp_path / "run.sh"
    program.write_text('#!/bin/sh\necho "$HUTCH_GRAFANA_INFLUX_TOKEN"\nexec sleep 60\n')
    program.chmod(0o755)
    command = entrypoint_of_grafana(services, handed, str(program))
    assert subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 1, "no token"
    for token, following in (("first", "second"), ("second", "third")):
        handed.write_text(f"{token}\n")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grafana:
            try:
                assert grafana.stdout is not None
                assert grafana.stdout.readline() == f"{token}\n"
                assert grafana.poll() is None
                handed.write_text(f"{following}\n")
                assert grafana.wait(10) == -signal.SIGTERM
            finally:
                grafana.kill()


def test_each_starts_on_a_machine_of_one_core(services: dict[str, dict[str, Any]], clone: Path) -> None:
    """Docker refuses a limit beyond what there is."""
    assert max(service["deploy"]["resources"]["limits"]["cpus"] for service in services.values()) == 1
    more = understood(clone, environment={"HUTCH_CPUS": "4"})["services"]["influxdb"]
    assert more["deploy"]["resources"]["limits"]["cpus"] == 4


def test_seaweedfs_is_who_its_image_gives_the_folder_to(services: dict[str, dict[str, Any]]) -> None:
    assert services["seaweedfs"]["user"] == "1000:1000"


def test_grafana_fetches_nothing_and_asks_where_requests_come_from(
    services: dict[str, dict[str, Any]],
) -> None:
    told = services["grafana"]["environment"]
    assert told["GF_PLUGINS_PREINSTALL_DISABLED"] == "true", "it would update the source of InfluxDB"
    assert told["GF_SECURITY_CSRF_ALWAYS_CHECK"] == "true", "it has no cookie that would make it check"


def test_grafana_does_only_what_dashboards_and_alarms_take(services: dict[str, dict[str, Any]]) -> None:
    told = services["grafana"]["environment"]
    for name in (
        "SNAPSHOTS_ENABLED",
        "SNAPSHOTS_EXTERNAL_ENABLED",
        "PUBLIC_DASHBOARDS_ENABLED",
        "METRICS_ENABLED",
    ):
        assert told[f"GF_{name}"] == "false", name


def test_every_file_that_is_mounted_is_in_the_repository() -> None:
    made = {"./hutch.toml"}
    plain = yaml.safe_load(FILE.read_text())
    sources = {
        mount["source"]
        for service in plain["services"].values()
        for mount in service.get("volumes", ())
        if isinstance(mount, dict) and mount["type"] == "bind"
    }
    assert {"./deploy/Caddyfile", "./influx/influxd.toml"} == sources - made


def test_the_servers_are_those_that_the_tests_run_on(services: dict[str, dict[str, Any]]) -> None:
    from scripts.servers import RECIPES

    assert services["influxdb"]["image"] == f"influxdb:{RECIPES['influxd'].version}"
    assert services["influxdb"]["environment"]["INFLUXD_CONFIG_PATH"] == "/etc/influxd.toml"


def test_an_influxdb_of_ones_own_takes_the_place_of_ours(clone: Path) -> None:
    files = ("-f", "docker-compose.yml", "-f", "deploy/own-influxdb.yml")
    given = {
        "HUTCH_INFLUX_URL": "http://nas.local:8086",
        "HUTCH_INFLUX_TOKEN": "theirs",
        "HUTCH_GRAFANA_INFLUX_TOKEN": "may read",
    }
    services = understood(clone, *files, environment={**given, "COMPOSE_PROFILES": EVERY})["services"]
    assert "influxdb" not in services
    assert not any("influxdb" in service.get("depends_on", {}) for service in services.values())
    assert services["grafana"]["environment"]["HUTCH_INFLUX_URL"] == given["HUTCH_INFLUX_URL"]
    assert [name for name in services if "HUTCH_INFLUX_TOKEN" in services[name].get("environment", {})] == [
        "setup"
    ]
    grafana = services["grafana"]
    assert grafana["environment"]["HUTCH_GRAFANA_INFLUX_TOKEN"] == "may read"
    assert grafana["entrypoint"] == ["/run.sh"]
    assert not any("grafana-token" in word for word in services["setup"]["command"])
    assert {each["source"] for each in grafana["volumes"]} == {"provisioning", "grafana-data"}
    for name in ("setup", "api", "collector", "grafana"):
        assert "errands" in services[name]["networks"], f"{name} has no way to it"
    for name in given:
        lacking = compose(*files, "config", folder=clone, environment={**given, name: ""})
        assert name in lacking.stderr


def test_a_grafana_that_warns_has_a_mail_server_and_a_way_to_it(clone: Path) -> None:
    files = ("-f", "docker-compose.yml", "-f", "deploy/grafana-alerts.yml")
    given = {"HUTCH_SMTP_HOST": "mail.example.org:587", "HUTCH_SMTP_FROM": "hutch@example.org"}
    (clone / "grafana.env").write_text("HUTCH_TOKEN_PHONE=tk_x\n")
    try:
        grafana = understood(clone, *files, environment=given)["services"]["grafana"]
    finally:
        (clone / "grafana.env").unlink()
    told = grafana["environment"]
    assert told["GF_SMTP_HOST"] == given["HUTCH_SMTP_HOST"]
    assert told["GF_SMTP_FROM_ADDRESS"] == given["HUTCH_SMTP_FROM"]
    assert told["GF_SMTP_STARTTLS_POLICY"] == "MandatoryStartTLS"
    assert told["HUTCH_TOKEN_PHONE"] == "tk_x"
    assert {"graphs", "figures", "errands"} <= grafana["networks"].keys()
    assert (
        "HUTCH_TOKEN_PHONE"
        not in understood(clone, *files, environment=given)["services"]["grafana"]["environment"]
    )
    for name in given:
        lacking = compose(*files, "config", folder=clone, environment={**given, name: ""})
        assert name in lacking.stderr


def test_a_store_of_clips_of_ones_own_is_a_profile_less(clone: Path) -> None:
    services = understood(clone, environment={"COMPOSE_PROFILES": ""})["services"]
    needed = services["api"]["depends_on"]
    assert {name for name, how in needed.items() if how["required"]} == {"influxdb", "setup"}
    assert "errands" in services["api"]["networks"]
