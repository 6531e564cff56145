"""The first set-up of an InfluxDB that nobody has set up."""

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import httpx
import pytest
from influxdb_client.domain.onboarding_request import OnboardingRequest
from influxdb_client.service.setup_service import SetupService

from influx.apply import apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE, Role, TokenMissing
from influx.influxdb.administration import client
from influx.influxdb.first_setup import PASSWORD_FILE, USER
from influx.secret_files import write_secret
from influx.store import StoreError
from tests.servers import Influx, empty_influxd


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Influx]:
    """An InfluxDB that nobody has set up."""
    folder = tmp_path / "influxd"
    folder.mkdir()
    with empty_influxd(folder) as server:
        yield server


@pytest.fixture
def config(fresh: Influx, tmp_path: Path) -> InfluxSection:
    return InfluxSection(url=fresh.url, org="home", token_dir=tmp_path / "secrets" / "influx")


def test_a_fresh_server_is_set_up_and_every_role_has_its_token(config: InfluxSection, fresh: Influx) -> None:
    (looked,) = apply(config, check=True, environment={})
    assert str(looked) == f"InfluxDB at {fresh.url}: was never set up"
    assert not config.token_dir.exists(), "a check writes nothing"
    done = apply(config, environment={})
    assert all(found.mended for found in done), [str(found) for found in done]
    assert apply(config, check=True, environment={}) == []
    folder = config.token_dir
    assert {path.name for path in folder.iterdir()} == {*Role, PASSWORD_FILE}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len({(folder / role).read_text() for role in Role}) == len(Role)
    password = (folder / PASSWORD_FILE).read_text().strip()
    assert httpx.post(f"{fresh.url}/api/v2/signin", auth=(USER, password)).status_code == 204


def test_the_bucket_that_the_set_up_makes_is_told_like_every_other(config: InfluxSection) -> None:
    told = [str(found) for found in apply(config, environment={})]
    assert told[:3] == [
        f"InfluxDB at {config.url}: set up, with organisation home",
        "bucket readings: made, to keep 14 days",
        "bucket health: made, to keep 30 days",
    ]
    assert [sentence.partition(":")[0] for sentence in told if sentence.startswith("bucket ")] == [
        f"bucket {name}" for name in BUCKETS
    ]


def test_who_is_killed_between_keeping_and_using_the_token_uses_it_later(config: InfluxSection) -> None:
    write_secret(config.token_dir / Role.OPERATOR, "made-before-the-power-went")
    apply(config, environment={})
    assert (config.token_dir / Role.OPERATOR).read_text() == "made-before-the-power-went\n"
    assert apply(config, check=True, environment={}) == []


def test_who_is_killed_before_hearing_of_the_set_up_goes_on_after_it(config: InfluxSection) -> None:
    write_secret(config.token_dir / Role.OPERATOR, "known-to-both")
    write_secret(config.token_dir / PASSWORD_FILE, "long enough a password")
    with closing(client(config, "")) as stranger:
        request = OnboardingRequest(
            username=USER,
            password="long enough a password",
            org=config.org,
            bucket="readings",
            token="known-to-both",
        )
        SetupService(stranger.api_client).post_setup(request)
    done = [str(found) for found in apply(config, environment={})]
    assert done[0] == "bucket readings: keeps for ever, not 14 days; shortening deletes, and needs --shrink"
    assert "token of the writer: made" in done


def test_a_server_that_others_have_set_up_needs_their_token(config: InfluxSection, fresh: Influx) -> None:
    fresh.set_up()
    with pytest.raises(TokenMissing, match="there is no token to change the InfluxDB at http"):
        apply(config, environment={})
    assert not config.token_dir.exists()


def test_a_token_that_is_given_becomes_the_operators_and_no_file_is_written(config: InfluxSection) -> None:
    given = {TOKEN_VARIABLE: "given-by-the-environment"}
    apply(config, environment=given)
    assert apply(config, check=True, environment=given) == []
    assert not config.token_dir.exists()


def test_an_operators_file_that_cannot_be_read_is_not_replaced(config: InfluxSection) -> None:
    file = config.token_dir / Role.OPERATOR
    write_secret(file, "x")
    file.write_bytes(b"\xff a token all the same")
    with pytest.raises(TokenMissing, match="operator cannot be read"):
        apply(config, environment={})
    assert file.read_bytes() == b"\xff a token all the same"
    file.write_text("\n")
    apply(config, environment={})
    assert apply(config, check=True, environment={}) == [], "an empty one is as none"


def test_two_who_set_up_at_once_keep_one_token(config: InfluxSection) -> None:
    ends: list[str] = []

    def set_up() -> None:
        try:
            apply(config, environment={})
        except StoreError as error:
            ends.append(str(error))

    both = [Thread(target=set_up) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(ends) < len(both), ends
    apply(config, environment={})
    assert apply(config, check=True, environment={}) == []
