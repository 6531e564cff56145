"""What the configuration of recorder and clips takes, and the sentence for what it does not."""

from contextlib import closing
from datetime import timedelta

import pytest
from pydantic import ValidationError

from vision.config import ClipsSection, RecorderSection
from vision.s3 import S3Clips


def said(error: ValidationError) -> str:
    (mistake,) = error.errors()
    return f"{mistake['loc'][0]}: {mistake['msg'].removeprefix('Value error, ')}"


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("pre_roll", 1e9, "pre_roll: must be from 0 to 60 s"),
        ("pre_roll", -1, "pre_roll: must be from 0 to 60 s"),
        ("post_roll", "PT61S", "post_roll: must be from 0 to 60 s"),
        ("longest", 9, "longest: must be from 10 s to an hour"),
        ("longest", "P1D", "longest: must be from 10 s to an hour"),
    ],
)
def test_what_is_recorded_has_bounds(key: str, value: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RecorderSection.model_validate({key: value})
    assert said(raised.value) == sentence


def test_the_bounds_themselves_are_taken() -> None:
    shortest = RecorderSection.model_validate({"pre_roll": 0, "post_roll": 0, "longest": 10})
    assert (shortest.pre_roll, shortest.longest) == (timedelta(0), timedelta(seconds=10))
    most = RecorderSection.model_validate({"pre_roll": 60, "post_roll": "PT1M", "longest": "PT1H"})
    assert most.longest == timedelta(hours=1)


def test_an_s3_store_needs_an_address() -> None:
    with pytest.raises(ValidationError) as raised:
        ClipsSection(store="s3")
    assert said(raised.value) == 'endpoint: is missing; store = "s3" needs one'


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://nas:9000",
        "nas:9000/clips",
        "nas:",
        "nas:0",
        "nas:65536",
        "nas:port",
        "-nas",
        "user@nas",
        "a b",
    ],
)
def test_what_is_no_address_of_a_store_is_refused(endpoint: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ClipsSection(store="s3", endpoint=endpoint)
    assert said(raised.value) == (
        "endpoint: is no host:port; write one like nas.local:9000, without http:// and path"
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        "nas",
        "nas.local:9000",
        "NAS:9000",
        "10.0.0.7:9000",
        "[::1]:9000",
        "s3_1:80",
        "s3.eu-central-1.amazonaws.com",
    ],
)
def test_an_address_that_is_taken_is_one_for_the_client_too(endpoint: str) -> None:
    section = ClipsSection(store="s3", endpoint=endpoint)
    with closing(S3Clips(section.endpoint, section.bucket, "access", "secret")) as clips:
        assert clips is not None


@pytest.mark.parametrize(
    "bucket", ["ab", "a" * 64, "Clips", "my_clips", "-clips", "clips.", "a..b", "10.0.0.7"]
)
def test_what_is_no_bucket_is_refused(bucket: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ClipsSection(bucket=bucket)
    assert said(raised.value).startswith(
        f"bucket: {bucket!r} is no name of a bucket; write 3 to 63 lower-case"
    )


@pytest.mark.parametrize("bucket", ["abc", "a" * 63, "my.clips-2", "1clip"])
def test_a_bucket_by_the_rules_is_taken(bucket: str) -> None:
    assert ClipsSection(bucket=bucket).bucket == bucket
