import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import jwt
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from api.access.place import key_path
from api.access.script_tokens import LIFE
from api.config import ApiSection, DeviceSection
from influx.windows import Window
from tests.api.access.doors import Door, caller, csrf, log_in, script_token
from tests.api.home import serving

LINE = "environment,location=nursery,node=nursery,sensor=esp temperature=20.5"
OTHER = "environment,location=den,node=den,sensor=esp temperature=20.5"


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with serving(door.home) as made:
        yield made


def basic(password: str) -> str:
    return httpx.BasicAuth("telegraf", password)._auth_header


@pytest.mark.parametrize("way", ["Bearer", "Token", "Token with a user", "Basic", "p", "path"])
def test_a_token_is_taken_as_influxdbs_clients_send_it(client: httpx.Client, door: Door, way: str) -> None:
    token = door.device("esp", "ingest", "nursery")
    headers = {
        "Bearer": f"Bearer {token}",
        "Token": f"Token {token}",
        "Token with a user": f"Token telegraf:{token}",
        "Basic": basic(token),
    }
    sent = {"Authorization": headers[way]} if way in headers else {}
    query = f"?u=telegraf&p={token}" if way == "p" else ""
    prefix = f"/d/{token}" if way == "path" else ""
    assert client.post(f"{prefix}/write{query}", content=LINE, headers=sent).status_code == 204
    refused = client.post(f"{prefix}/write{query}", content=OTHER, headers=sent)
    assert refused.status_code == 403
    assert refused.json()["message"] == "line 1: esp may write for node 'nursery' only, not for 'den'"
    if way != "Bearer":
        looked = client.get(f"{prefix}/events{query}", headers=sent)
        assert looked.status_code == 401, "only a bearer token is taken beyond ingest"


def test_of_several_lines_those_of_its_own_node_are_kept(client: httpx.Client, door: Door) -> None:
    headers = {"Authorization": f"Token {door.device('esp', 'ingest', 'nursery')}"}
    answer = client.post("/api/v2/write", content=f"{LINE}\n{OTHER}\nnonsense", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("partial write: line 2: esp may write for node")
    entry = 'journal,person=ada,entry_type=food amount=1,name="oz",entry_id="1"'
    refused = client.post("/api/v2/write", content=entry, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["message"] == "line 1: journal is written by people, and esp is a device"
    assert door.home.context.spool.status().depth <= 1


def test_the_client_of_influxdb_writes_with_a_device_token(client: httpx.Client, door: Door) -> None:
    token = door.device("esp", "ingest", "nursery")
    now = int(door.home.clock())
    with InfluxDBClient(door.home.url, token=token, org="hutch") as influx:
        assert influx.ping()
        write = influx.write_api(write_options=SYNCHRONOUS)
        point = (
            Point("environment").tag("location", "nursery").tag("sensor", "esp").field("temperature", 20.5)
        )
        write.write("any", record=point.tag("node", "nursery").time(now, "s"), write_precision="s")
        with pytest.raises(ApiException) as refused:
            write.write("any", record=point.tag("node", "den").time(now, "s"), write_precision="s")
        assert refused.value.status == 403
        write.close()
    with InfluxDBClient(door.home.url, token="wrong", org="hutch") as influx:
        write = influx.write_api(write_options=SYNCHRONOUS)
        with pytest.raises(ApiException) as refused:
            write.write("any", record=point, write_precision="s")
        assert refused.value.status == 401
        write.close()


def test_a_gas_message_is_of_the_devices_own_node(client: httpx.Client, door: Door) -> None:
    headers = {"Authorization": f"Bearer {door.device('lora', 'ingest', 'handheld 1')}"}
    message = {"id": "handheld 1", "ts": door.home.clock(), "sensors": [{"type": "CO", "val": 3}]}
    assert client.post("/receive-json", json=message, headers=headers).status_code == 200
    refused = client.post("/receive-json", json={**message, "id": "handheld 2"}, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "lora may write for node 'handheld 1' only, not for 'handheld 2'."


def test_a_thermometer_that_names_no_node_is_its_own(client: httpx.Client, door: Door) -> None:
    token = door.device("esp", "ingest", "crib")
    message = {"command": "temperature", "data": {"temperature": 70, "humidity": "40"}}
    assert client.post(f"/d/{token}/", json=message).status_code == 200
    assert client.post(f"/d/{token}/command", json={"command": "journal", "data": {}}).status_code == 403
    door.home.deliver()
    window = Window.last(timedelta(hours=1), door.home.clock.moment + timedelta(minutes=1))
    [point] = door.home.context.store.latest("environment", window)
    assert point.tags["node"] == "crib"


def test_a_token_of_the_path_is_never_in_the_log(
    client: httpx.Client, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    token = door.device("esp", "ingest", "nursery")
    assert client.post(f"/d/{token}/journal", json={}).status_code in (401, 403)
    door.ledger.revoke_device("esp", door.home.clock.moment)
    for _ in range(20):
        assert client.post(f"/d/{token}/write", content=LINE).status_code == 401
    secret = token.rpartition("_")[2]
    told = [record.message for record in caplog.records if record.name == "api.access.refusals"]
    assert len(told) == 2, "a flood is one line"
    assert all("/d/…/" in message for message in told)
    assert not any(secret in record.getMessage() for record in caplog.records)


def test_a_device_is_let_in_by_its_address_to_send_points_and_nothing_else(door: Door) -> None:
    device = DeviceSection(name="esp", node="nursery", source="192.168.1.16/30")
    config = ApiSection(port=0, trusted_proxies=("127.0.0.1",), devices=(device,))
    door.home.context = replace(door.home.context, config=config)
    with serving(door.home) as client:

        def write(source: str, line: str = LINE, **headers: str) -> int:
            sent = {"X-Forwarded-For": source, **headers}
            return client.post("/write", content=line, headers=sent).status_code

        assert write("192.168.1.17") == 204
        assert write("192.168.1.17", OTHER) == 403
        assert write("192.168.1.20") == 401
        assert write("192.168.1.17, 10.0.0.9") == 401, "only what the trusted proxy itself heard counts"
        assert write("192.168.1.17", Origin="https://evil.example") == 403
        assert write("192.168.1.17", Authorization="Token wrong") == 401
        assert client.get("/events", headers={"X-Forwarded-For": "192.168.1.17"}).status_code == 401


def test_nobody_gives_out_an_address_that_no_trusted_proxy_says(door: Door) -> None:
    device = DeviceSection(name="esp", node="nursery", source="192.168.1.17")
    door.home.context = replace(door.home.context, config=ApiSection(port=0, devices=(device,)))
    with serving(door.home) as client:
        forged = {"X-Forwarded-For": "192.168.1.17"}
        assert client.post("/write", content=LINE, headers=forged).status_code == 401


def test_when_a_device_was_last_seen_is_written_seldom(client: httpx.Client, door: Door) -> None:
    headers = {"Authorization": f"Token {door.device('esp', 'ingest', 'nursery')}"}
    begun = door.home.clock.moment

    def seen_at(seconds: int) -> bool:
        door.home.clock.moment = begun + timedelta(seconds=seconds)
        assert client.post("/write", content=LINE, headers=headers).status_code == 204
        deadline = time.monotonic() + (5 if seconds in (0, 301) else 0.2)
        while time.monotonic() < deadline:
            if door.ledger.devices()[0].seen == door.home.clock.moment:
                return True
        return False

    assert [seen_at(seconds) for seconds in (0, 100, 301)] == [True, False, True]


def test_a_script_logs_in_for_half_an_hour(client: httpx.Client, door: Door) -> None:
    answer = client.post("/auth/token", data={"username": "ada", "password": "a pillow of hay"})
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 1800
    with caller(door.home, f"Bearer {answer.json()['access_token']}") as script:
        entry = {"amount": 2, "name": "oz of milk", "entry_type": "drink"}
        assert script.post("/journal", json=entry).status_code == 201, "no CSRF token: no browser adds it"
        door.home.clock.moment += LIFE
        expired = script.get("/events")
    assert expired.status_code == 401
    assert expired.headers["www-authenticate"] == 'Bearer realm="Hutch", error="invalid_token"'
    assert expired.json()["detail"] == "The token has expired; ask for another at /auth/token."


def test_a_script_token_ends_with_the_password_and_with_the_user(client: httpx.Client, door: Door) -> None:
    first, second = script_token(client, "ada"), script_token(client, "gus")
    door.ledger.set_password("ada", "another hash")
    door.ledger.remove_user("gus")
    door.user("gus", "owner")
    for token in (first, second):
        with caller(door.home, f"Bearer {token}") as script:
            assert script.get("/events").status_code == 401


def test_no_token_of_another_making_is_taken(client: httpx.Client, door: Door) -> None:
    good = jwt.decode(script_token(client, "ada"), options={"verify_signature": False})
    key = key_path(door.home.context.data_dir).read_bytes()
    later = {**good, "exp": good["exp"] + 10**9}
    forged = [
        jwt.encode(later, "", algorithm="none"),
        jwt.encode(later, b"\0" * 32, algorithm="HS256"),
        jwt.encode(later, key + key, algorithm="HS512"),
        jwt.encode({name: value for name, value in good.items() if name != "exp"}, key, algorithm="HS256"),
        jwt.encode({**good, "sub": "nobody"}, key, algorithm="HS256"),
        jwt.encode({**good, "exp": "never"}, key, algorithm="HS256"),
        "a.b.c",
        "-",
        "hutch_" + "0" * 12 + "_" + "a" * 43,
    ]
    for token in forged:
        answer = client.get("/events", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
    assert key_path(door.home.context.data_dir).stat().st_mode & 0o777 == 0o600


def test_the_page_makes_a_token_shows_it_once_and_revokes_it(client: httpx.Client, door: Door) -> None:
    client.headers["Accept"] = "text/html"
    log_in(client, "ada")
    token = csrf(client)
    form = {"csrf": token, "name": "Ear & <b>eye</b>", "scope": "live"}
    made = client.post("/pages/devices", data=form)
    assert made.status_code == 201
    assert "Ear &amp; &lt;b&gt;eye" in made.text
    shown = made.text.partition('<code class="secret">')[2].partition("</code>")[0]
    headers = {"Authorization": f"Bearer {shown}", "Accept": "*/*"}
    assert client.get("/live.jpg", headers=headers).status_code in (200, 503)
    listed = client.get("/pages/devices").text
    assert shown not in listed
    assert client.post("/pages/devices", data=form).status_code == 422, "the name is taken"
    [device] = door.ledger.devices()
    again = client.post("/pages/devices/revoke", data={"csrf": token, "id": device.id})
    assert again.status_code == 303
    assert client.get("/live.jpg", headers=headers).status_code == 401
    assert "Revoked (1)" in client.get("/pages/devices").text
    assert client.post("/pages/devices/revoke", data={"csrf": token, "id": device.id}).status_code == 404


def test_the_page_ends_a_session_elsewhere(client: httpx.Client, door: Door) -> None:
    with caller(door.home) as phone:
        phone.headers["User-Agent"] = "Mozilla/5.0 (iPhone) Safari/604.1"
        log_in(phone, "gus")
        log_in(client, "ada")
        client.headers["Accept"] = "text/html"
        assert "Safari on iPhone at 127.0.0.1" in client.get("/pages/devices").text
        [session] = [one for one in door.ledger.sessions(door.home.clock.moment) if one.user == "gus"]
        form = {"csrf": csrf(client), "id": session.id}
        assert client.post("/pages/devices/end", data=form).status_code == 303
        assert phone.get("/auth/check").status_code == 401
