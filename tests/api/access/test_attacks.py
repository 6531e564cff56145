"""What strangers, devices and other sites' pages try at the door, each as it was once tried in earnest."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from api.access.refusals import KINDS, QUIET, Refusals
from api.config import ApiSection, DeviceSection
from influx.registry import Kind, Thing, retirement
from tests.api.access.doors import PASSWORD, Door, csrf, log_in
from tests.api.home import Home, serving
from vision.config import CameraSection
from vision.events import event_id

LINE = "environment,location=nursery,node=nursery,sensor=esp temperature=20.5"
SURROGATE = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800\r\n'
ODD = "multipart/form-data; boundary=b; charset=unicode_escape"


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with serving(door.home) as made:
        yield made


def test_no_stranger_makes_the_server_stumble(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    basic = client.post("/write", content=LINE, headers={b"Authorization": b"Basic \xe9\xe9"})
    assert basic.status_code == 401, basic.text
    led = client.post("/journal", headers={"Accept": "text/html", "Referer": "http://["})
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/")
    form = b"".join(SURROGATE % name for name in (b"username", b"password")) + b"--b--\r\n"
    token = client.post("/auth/token", content=form, headers={"Content-Type": ODD})
    assert token.status_code == 401, token.text
    for _ in range(3):
        torn = client.post(
            "/login", content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert torn.status_code == 400
    loud = [record.getMessage() for record in caplog.records if record.name != "api.access.refusals"]
    assert not loud, "strangers could fill the log"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=b", b"x", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 1500, 400),
        (ODD, SURROGATE % b"csrf" + b"--b--\r\n", 403),
    ],
)
def test_a_form_that_is_none_is_refused_in_words(
    client: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    log_in(client, "ada")
    answer = client.post("/journal", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


def test_a_flood_that_varies_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    refusals = Refusals(lambda: now)
    for number in range(1000):
        refusals.tell(f"2001:db8::{number:x}", f"wrong password for {number}", "POST /login")
    assert len(caplog.messages) == KINDS + 1
    assert caplog.messages[-1].endswith(f"for {KINDS} reasons; more are not told for a while")
    refusals.tell("203.0.113.9", "wrong token", "GET /")
    now = QUIET
    refusals.tell("2001:db8::1", "wrong token", "GET /")
    assert [message.split()[1] for message in caplog.messages[-2:]] == ["203.0.113.9", "2001:db8::1"]


def test_a_device_touches_no_event_of_another_nodes_camera(home: Home, door: Door) -> None:
    camera = CameraSection(name="nursery", kind="scripted", location="nursery")
    home.context = replace(home.context, cameras=(camera,))
    began = home.clock.moment
    own, other = (
        f'pet_event,camera={name},location=nursery,pet=miso,event_type=passing event_id="'
        f'{event_id(name, began, 1)}",clip_state="pruned" {int(began.timestamp())}'
        for name in ("den", "nursery")
    )
    with serving(home) as client:

        def write(name: str, node: str, line: str) -> httpx.Response:
            headers = {"Authorization": f"Token {door.device(name, 'ingest', node)}"}
            return client.post("/api/v2/write?precision=s", content=line, headers=headers)

        refused = write("gas", "handheld 1", other)
        assert refused.status_code == 403
        assert refused.json()["message"].endswith(
            f"for node 'handheld 1' only, and the camera 'nursery' is one of {home.context.node!r}"
        )
        seen = "pet_activity,camera=nursery,pet=miso motion=1"
        assert write("gas 2", "handheld 1", seen).status_code == 403
        assert write("gas 3", "handheld 1", own).status_code == 204
        assert write("here", home.context.node, other).status_code == 204


def test_a_device_touches_no_camera_that_another_node_has_registered(home: Home, door: Door) -> None:
    home.context = replace(home.context, cameras=())
    began = home.clock.moment
    events = [
        f"pet_event,camera=den,location=den,pet=miso,event_type=passing event_id="
        f'"{event_id("den", began, track)}" {int(began.timestamp())}'
        for track in (1, 2)
    ]
    mine = 'registry,kind=camera,name=den,node={} since="2026-05-20T10:00:00Z",retired=false'
    with serving(home) as client:
        attic, shed = (
            {"Authorization": f"Token {door.device(name, 'ingest', name)}"} for name in ("attic", "shed")
        )

        def write(who: dict[str, str], line: str) -> httpx.Response:
            return client.post("/api/v2/write?precision=s", content=line, headers=who)

        assert write(attic, mine.format("attic")).status_code == 204
        home.deliver()
        assert write(attic, events[0]).status_code == 204
        for line in (events[1], "pet_activity,camera=den,pet=miso motion=1", mine.format("shed")):
            refused = write(shed, line)
            assert refused.status_code == 403, line
            assert refused.json()["message"].endswith("and the camera 'den' is one of 'attic'")
        home.store(retirement(Thing(Kind.CAMERA, "den", "attic"), home.clock.moment))
        assert write(shed, mine.format("shed")).status_code == 204, "it has moved"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("backup,target=nas ok=true,age=1", "backup is of no node, and esp may write for node 'nursery'"),
        ("registry,kind=pet,name=miso,node=nursery retired=true", "a pet is written by people"),
    ],
)
def test_a_device_says_nothing_of_the_home(door: Door, line: str, words: str) -> None:
    with serving(door.home) as client:
        headers = {"Authorization": f"Token {door.device('esp', 'ingest', 'nursery')}"}
        refused = client.post("/api/v2/write", content=line, headers=headers)
    assert refused.status_code == 403
    assert words in refused.json()["message"]


def test_a_site_whose_name_leads_here_is_not_taken_for_a_device(door: Door) -> None:
    device = DeviceSection(name="esp", node="nursery", source="127.0.0.1")
    door.home.context = replace(door.home.context, config=ApiSection(port=0, devices=(device,)))
    with serving(door.home) as client:
        assert client.post("/write", content=LINE).status_code == 204
        rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert client.post("/write", content=LINE, headers=rebound).status_code == 401
        assert client.post("/write", content=LINE, headers={"Sec-Fetch-Site": "none"}).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_in_front_of_a_home_without_login_opens_it_to_nobody(home: Home, header: str) -> None:
    with serving(home) as client:
        assert client.get("/events").status_code == 200
        answer = client.get("/events", headers={header: "203.0.113.9"})
        assert answer.status_code == 421
        assert "public_url" in answer.json()["detail"]


def test_a_login_that_a_new_password_overtakes_opens_nothing(door: Door) -> None:
    now, where = door.home.clock.moment, {"source": "192.168.1.5", "browser": ""}
    ada, gus = (door.ledger.user(name) for name in ("ada", "gus"))
    assert ada is not None
    assert gus is not None
    assert door.ledger.start_session(ada, now, **where) is not None
    door.ledger.set_password("ada", "another hash")
    door.ledger.remove_user("gus")
    assert not door.ledger.sessions(now)
    assert door.ledger.start_session(ada, now, **where) is None
    assert door.ledger.start_session(gus, now, **where) is None


def test_a_device_passes_for_no_user_at_the_proxy(client: httpx.Client, door: Door) -> None:
    for name, told in (("ada", "device:ada"), ("кухня", "device:%D0%BA%D1%83%D1%85%D0%BD%D1%8F")):
        headers = {"Authorization": f"Bearer {door.device(name, 'read')}"}
        assert client.get("/auth/check", headers=headers).headers["x-hutch-user"] == told


def test_a_ledger_that_is_held_is_told_and_no_mistake_of_ours(client: httpx.Client, door: Door) -> None:
    log_in(client, "ada")
    token = csrf(client)
    with closing(sqlite3.connect(door.ledger.path, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        answer = client.post("/pages/devices", data={"csrf": token, "name": "esp", "node": "a"}, timeout=30)
    assert answer.status_code == 503
    assert "access.sqlite" in answer.text
    assert PASSWORD not in answer.text


def test_what_is_refused_past_the_door_and_before_it_is_in_the_log_too(
    door: Door, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    token = door.device("esp", "ingest", "nursery")
    message = {"id": "den", "ts": door.home.clock(), "sensors": [{"type": "CO", "val": 1}]}
    journal = {"command": "journal", "data": {"entry_type": "food", "amount": 1, "name": "hay"}}
    evil = {"Origin": "https://evil.example"}

    def told(path: str, **sent: object) -> list[str]:
        caplog.clear()
        for _ in range(2):
            assert client.post(path, **sent).status_code == 403  # type: ignore[arg-type]
        return [one.getMessage() for one in caplog.records if one.name == "api.access.refusals"]

    theirs = "'esp' asked for what is not theirs"
    assert told(f"/d/{token}/receive-json", json=message) == [
        f"refused 127.0.0.1 at POST /d/…/receive-json: {theirs}"
    ]
    other = {"Authorization": f"Token {door.device('cot', 'ingest', 'nursery')}"}
    assert told("/write", content=LINE.replace("node=nursery", "node=den"), headers=other) == [
        f"refused 127.0.0.1 at POST /write: {theirs.replace('esp', 'cot')}"
    ]
    crib = {"Authorization": f"Bearer {door.device('crib', 'ingest', 'nursery')}"}
    assert told("/command", json=journal, headers=crib) == [
        f"refused 127.0.0.1 at POST /command: {theirs.replace('esp', 'crib')}"
    ]
    assert told(f"/d/{token}/write", content=LINE, headers=evil) == [
        "refused 127.0.0.1 at POST /d/…/write: a page of another site asks"
    ]


def test_who_asks_by_a_name_that_is_not_served_is_in_the_log(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(home) as client:
        for _ in range(2):
            assert client.get("/events", headers={"Host": "evil.example"}).status_code == 421
    told = [one.getMessage() for one in caplog.records if one.name == "api.access.refusals"]
    assert len(told) == 1, told
    assert told[0].startswith("refused 127.0.0.1 at GET /events: asked for by a name that is not served")
