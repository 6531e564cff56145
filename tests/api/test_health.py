import httpx

from tests.api.home import Home


def test_health_names_every_part(home: Home, client: httpx.Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert told["node"] == "pi"
    assert told["version"] == "0.1.0"
    assert told["store"] == {"reachable": True}
    assert told["spool"]["reachable"]
    assert told["cameras"]["cage"]["state"] == "away"
    assert told["status"] == "degraded"
