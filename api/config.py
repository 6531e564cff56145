"""Configuration of the API and its pages."""

import ipaddress
import re
from itertools import combinations
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from influx.config import Name, Section, TagValue


def is_loopback(host: str) -> bool:
    """Whether ``host`` is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(host: str, port: int) -> str:
    """What a browser asks for to reach ``port`` of ``host``, which may be one of IPv6."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _network(source: str) -> str:
    try:
        network = ipaddress.ip_network(source)
    except ValueError:
        raise ValueError(
            f"{source!r:.60} is no address or range; write it like 192.168.1.17 or 192.168.1.0/28"
        ) from None
    if network.prefixlen == 0:
        raise ValueError(f"{source!r} is everybody; give the address of the device")
    return source


Network = Annotated[str, AfterValidator(_network)]
"""An IP address, or a range of them in CIDR."""


def _site(origin: str) -> str:
    if not re.fullmatch(r"https?://([a-z0-9.\-]+|\[[0-9a-f:]+\])(:\d{1,5})?", origin):
        raise ValueError(
            f"{origin!r:.80} is no origin; write each as browsers send it, like https://panel.example.org or "
            "http://192.168.1.20:3000, without a path"
        )
    return origin


Origin = Annotated[str, AfterValidator(_site)]
"""Scheme, host and port of a site, exactly as browsers send it."""


class DeviceSection(Section):
    """A device that can send no token: what comes from its address is taken as its own, points only."""

    name: Name = Field(description="What the pages and the log call it.")
    node: TagValue = Field(description="The only node whose points it may send.")
    source: Network = Field(description="Its address, or a range such as 192.168.1.16/30.")


class ApiSection(Section):
    """Where the API listens and how pages speak."""

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; off loopback somebody must be able to log in: `hutch user add`.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    temperature_unit: Literal["C", "F"] = Field(
        "C", description="Unit pages start with; each reader can switch."
    )

    public_url: str = Field(
        "",
        description="Address at which a proxy serves Hutch to others, such as https://hutch.example.org; "
        "links are absolute then, and everybody must log in.",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Addresses of proxies whose X-Forwarded-For is believed, such as 127.0.0.1."
    )
    grafana_url: str = Field(
        "",
        max_length=200,
        description="Where the dashboards of Grafana are, such as /grafana/ or https://grafana.example.org; "
        "the menu leads there.",
    )
    requests_per_minute: int = Field(
        6000,
        ge=60,
        le=1_000_000,
        description="Requests that one address may send in a minute where there is a login; more get 429.",
    )
    device_requests_per_minute: int = Field(
        24_000, ge=1, le=1_000_000, description="The same for a device, or all that share a token or range."
    )
    cors_origins: tuple[Origin, ...] = Field(
        (),
        description="Other sites whose pages may use the API with the reader's login, such as "
        "https://panel.example.org.",
    )
    devices: tuple[DeviceSection, ...] = Field(
        (), description="Devices that can send no token, let in by their address."
    )

    @field_validator("host")
    @classmethod
    def _address(cls, host: str) -> str:
        if host == "localhost":
            return host
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(
                f"{host!r:.80} is no address to listen on; write 127.0.0.1, or 0.0.0.0 for every address"
            ) from None
        return host

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+/?", url):
            raise ValueError(f"{url!r:.80} is no address; write it like https://hutch.example.org")
        return url.rstrip("/")

    @field_validator("grafana_url")
    @classmethod
    def _place(cls, url: str) -> str:
        if url and not re.fullmatch(r"(https?://[A-Za-z0-9.\-\[\]:]+)?(/[A-Za-z0-9._\-]+)*/?", url):
            raise ValueError(
                f"{url!r:.80} is no address; write it like /grafana/ or https://grafana.example.org"
            )
        return url

    @model_validator(mode="after")
    def _one_device_an_address(self) -> "ApiSection":
        for one, other in combinations(self.devices, 2):
            if one.name == other.name:
                raise ValueError(f"two devices are called {one.name!r}; each needs a name of its own")
            a, b = ipaddress.ip_network(one.source), ipaddress.ip_network(other.source)
            if a.version == b.version and a.overlaps(b):
                raise ValueError(
                    f"devices {one.name!r} and {other.name!r} share addresses, so nobody could tell who sends"
                )
        return self

    @property
    def reached_by_others(self) -> bool:
        """Whether other machines can reach the API, so that somebody must be able to log in."""
        return bool(self.public_url) or not is_loopback(self.host)
