"""Configuration of the way to a running Grafana."""

import re
from datetime import timedelta

from pydantic import Field, field_validator, model_validator

from influx.config import HomePath, Section, Span


class GrafanaSection(Section):
    """The Grafana that clips are shown in, as regions on its graphs."""

    url: str = Field(
        "",
        max_length=200,
        description="Its address, such as http://127.0.0.1:3000; empty: Hutch writes nothing to any Grafana.",
    )
    token_file: HomePath | None = Field(
        None,
        description="File with the token of a service account whose role is Editor; "
        "without it the environment's HUTCH_GRAFANA_TOKEN is used.",
    )
    as_user: str = Field(
        "",
        max_length=64,
        pattern=r"^[!-~]*$",
        description="In place of a token, where Grafana's auth.proxy believes this machine's address: "
        "who Hutch says it is.",
    )
    timeout: Span = Field(timedelta(seconds=10), description="How long one answer of Grafana may take.")

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not re.fullmatch(
            r"https?://([A-Za-z0-9.\-_]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[A-Za-z0-9._\-]+)*/?", url
        ):
            raise ValueError(
                f"{url!r:.80} is no address; write it like http://127.0.0.1:3000 or "
                "https://example.org/grafana, without a name or a password"
            )
        return url.rstrip("/")

    @model_validator(mode="after")
    def _one_way_in(self) -> "GrafanaSection":
        if self.token_file is not None and self.as_user:
            raise ValueError("token_file and as_user are two ways to log in; set one of them")
        return self
