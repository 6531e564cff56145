"""What ``hutch influx apply`` brings in order on InfluxDB: made, mended, and never shortened unasked."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.domain.task_update_request import TaskUpdateRequest

from influx.apply import apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection, Retention
from influx.connect import TOKEN_VARIABLE, TokenMissing
from influx.influxdb.administration import administering
from influx.influxdb.difference import Difference
from influx.influxdb.programs import TASKS, task
from influx.store import Rejected, Unauthorized, Unavailable
from tests.influx.conftest import FOREVER
from tests.servers import Influx


@pytest.fixture
def config(influx_server: Influx, request: pytest.FixtureRequest) -> InfluxSection:
    prefix = request.node.name.removeprefix("test_")[:31] + "-"
    return InfluxSection(url=influx_server.url, org=influx_server.org, bucket_prefix=prefix)


@pytest.fixture
def environment(influx_server: Influx) -> dict[str, str]:
    return {TOKEN_VARIABLE: influx_server.token}


def keeping(config: InfluxSection, retention: Retention) -> InfluxSection:
    return config.model_copy(update={"retention": retention})


def test_what_is_missing_is_made_once(config: InfluxSection, environment: dict[str, str]) -> None:
    prefix = config.bucket_prefix
    looked = apply(config, check=True, environment=environment)
    assert not any(found.mended for found in looked)
    assert [found.what for found in looked] == [f"bucket {prefix}{name}" for name in BUCKETS] + [
        f"task {prefix}{name}" for name in TASKS
    ]
    assert str(looked[0]) == f"bucket {prefix}readings: is missing, to keep 14 days"
    made = apply(config, environment=environment)
    assert made == [replace(found, mended=True) for found in looked]
    assert str(made[4]) == f"bucket {prefix}journal: made, to keep for ever"
    assert str(made[-1]) == f"task {prefix}{TASKS[-1]}: made"
    assert apply(config, environment=environment) == []
    assert apply(config, check=True, environment=environment) == []


def test_a_retention_becomes_longer_but_shorter_only_when_told(
    config: InfluxSection, environment: dict[str, str]
) -> None:
    apply(keeping(config, Retention(health=None)), environment=environment)
    wanted = keeping(config, Retention(readings=timedelta(days=365), health=timedelta(hours=2), events=None))
    bucket = f"bucket {config.bucket_prefix}"
    shortening = f"{bucket}health: keeps for ever, not 2:00:00; shortening deletes, and needs --shrink"
    assert sentences(apply(wanted, check=True, environment=environment)) == [
        f"{bucket}readings: keeps 14 days, not 365 days",
        shortening,
        f"{bucket}events: keeps 730 days, not for ever",
    ]
    assert sentences(apply(wanted, environment=environment)) == [
        f"{bucket}readings: keeps 365 days now, not 14 days",
        shortening,
        f"{bucket}events: keeps for ever now, not 730 days",
    ]
    assert sentences(apply(wanted, environment=environment)) == [shortening]
    assert sentences(apply(wanted, shrink=True, environment=environment)) == [
        f"{bucket}health: keeps 2:00:00 now, not for ever"
    ]
    assert apply(wanted, environment=environment) == []


def sentences(found: list[Difference]) -> list[str]:
    return [str(difference) for difference in found]


def test_tasks_are_kept_as_their_programs_say(config: InfluxSection, environment: dict[str, str]) -> None:
    prefix, zurich = config.bucket_prefix, ZoneInfo("Europe/Zurich")
    apply(config, environment=environment)
    with administering(config, environment) as server:
        api = server.client.tasks_api()
        ours = {found.name: found for found in api.find_tasks_iter(org_id=server.org_id, limit=100)}
        kept, asleep = ours[f"{prefix}{TASKS[0]}"], ours[f"{prefix}{TASKS[1]}"]
        assert kept.flux == task(TASKS[0], prefix)
        api.update_task_request(asleep.id, TaskUpdateRequest(status="inactive"))
        described = {"description": kept.description}
        for name, more in (("outdated", described), ("of somebody else", {})):
            text = f'option task = {{name: "{prefix}{name}", every: 1h}}\nbuckets()'
            api.create_task(task_create_request=TaskCreateRequest(flux=text, org_id=server.org_id, **more))
        changed = {
            f"task {prefix}{name}" for name in TASKS if task(name, prefix, zurich) != task(name, prefix)
        }
        assert changed, "some tasks know the home's zone"
        done = sentences(apply(config, zone=zurich, environment=environment))
        assert f"task {asleep.name}: is active again" in done
        assert f"task {prefix}outdated: is no longer wanted" not in done
        assert f"task {prefix}outdated: removed" in done
        assert {sentence.partition(":")[0] for sentence in done if "has its new text" in sentence} == changed
        assert apply(config, zone=zurich, environment=environment) == []
        left = {found.name for found in api.find_tasks_iter(org_id=server.org_id, limit=100)}
        assert f"{prefix}of somebody else" in left
        assert f"{prefix}outdated" not in left
        assert api.find_task_by_id(asleep.id).status == "active"


def test_more_buckets_than_one_page_of_the_server_are_seen(
    config: InfluxSection, environment: dict[str, str]
) -> None:
    for number in range(4):
        others = config.model_copy(update={"bucket_prefix": f"a{number}-", "retention": FOREVER})
        apply(others, environment=environment)
        assert apply(others, environment=environment) == []


def test_an_organisation_that_is_missing_is_made(config: InfluxSection, environment: dict[str, str]) -> None:
    other = config.model_copy(update={"org": "annex"})
    assert sentences(apply(other, check=True, environment=environment)) == ["organisation annex: is missing"]
    assert sentences(apply(other, environment=environment))[0] == "organisation annex: made"
    assert apply(other, check=True, environment=environment) == []


def test_what_cannot_be_done_is_one_sentence(config: InfluxSection, environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="url is empty"):
        apply(InfluxSection())
    with pytest.raises(TokenMissing, match=r"there is no token .* secrets/influx/operator"):
        apply(config, environment={})
    with pytest.raises(Unauthorized, match="401"):
        apply(config, environment={TOKEN_VARIABLE: "wrong"})
    with pytest.raises(Unavailable, match="refused"):
        apply(config.model_copy(update={"url": "http://127.0.0.1:9"}), environment=environment)
    with pytest.raises(Rejected, match="health is 0:30:00, and InfluxDB keeps an hour or more"):
        apply(keeping(config, Retention(health=timedelta(minutes=30))), environment=environment)
    looked = apply(config, check=True, environment=environment)
    assert len(looked) == len(BUCKETS) + len(TASKS), "nothing was made"


def test_a_token_that_may_only_read_changes_nothing(
    config: InfluxSection, environment: dict[str, str]
) -> None:
    apply(config, environment=environment)
    with administering(config, environment) as server:
        rights = [
            Permission("read", PermissionResource(kind, org_id=server.org_id))
            for kind in ("buckets", "tasks")
        ] + [Permission("read", PermissionResource("orgs", id=server.org_id))]
        reading = server.client.authorizations_api().create_authorization(server.org_id, rights)
        bucket = server.buckets()["readings"]
        server.client.buckets_api().delete_bucket(bucket)
        for found in server.client.tasks_api().find_tasks(name=f"{config.bucket_prefix}{TASKS[0]}"):
            server.client.tasks_api().delete_task(found.id)
    done = apply(config, environment={TOKEN_VARIABLE: reading.token})
    assert [found.mended for found in done] == [False, False]
    assert all("the token may not change that" in str(found) for found in done), sentences(done)
