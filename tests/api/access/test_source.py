import pytest
from starlette.types import Scope

from api.access.source import Sources
from api.config import ApiSection, DeviceSection

PROXIES = ("127.0.0.1", "10.0.0.0/24", "::1")


def scope(peer: str | None, *forwarded: str) -> Scope:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": peer and (peer, 1234), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("192.168.1.5", [], "192.168.1.5"),
        ("192.168.1.5", ["203.0.113.9"], "192.168.1.5"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["forged, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
        ("127.0.0.1", [",".join(["10.0.0.7"] * 5000)], "10.0.0.7"),
        ("127.0.0.1", ["::ffff:192.168.1.17"], "192.168.1.17"),
        ("127.0.0.1", ["::FFFF:c0a8:111"], "192.168.1.17"),
        (None, ["203.0.113.9"], "local"),
    ],
)
def test_the_first_hop_that_is_no_trusted_proxy_counts(
    peer: str | None, forwarded: list[str], source: str
) -> None:
    assert Sources(PROXIES, ()).of(scope(peer, *forwarded)) == source


def test_a_device_is_known_by_its_range() -> None:
    esp = DeviceSection(name="esp", node="nursery", source="192.168.1.16/30")
    lora = DeviceSection(name="lora", node="handheld 1", source="2001:db8::17")
    sources = Sources((), (esp, lora))
    assert sources.device_at("192.168.1.19") is esp
    assert sources.device_at("192.168.1.20") is None
    assert sources.device_at("2001:db8::17") is lora
    assert sources.device_at("local") is None


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        ([("a", "0.0.0.0/0")], "is everybody"),
        ([("a", "nursery.local")], "is no address or range"),
        ([("a", "192.168.1.17/24")], "is no address or range"),
        ([("a", "192.168.1.0/24"), ("b", "192.168.1.17")], "share addresses"),
        ([("a", "192.168.1.1"), ("a", "192.168.1.2")], "two devices are called 'a'"),
    ],
)
def test_an_address_that_lets_in_more_than_one_device_is_a_mistake(
    devices: list[tuple[str, str]], words: str
) -> None:
    raw = [{"name": name, "node": "n", "source": source} for name, source in devices]
    with pytest.raises(ValueError, match=words):
        ApiSection.model_validate({"devices": raw})
