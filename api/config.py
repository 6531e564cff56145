"""Configuration of the API and its pages."""

import ipaddress
from typing import Literal

from pydantic import Field, field_validator

from influx.config import Section


def is_loopback(host: str) -> bool:
    """Whether ``host`` is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ApiSection(Section):
    """Where the API listens and how pages speak."""

    host: str = Field("127.0.0.1", description="Address to listen on; only loopback until there is a login.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    temperature_unit: Literal["C", "F"] = Field(
        "C", description="Unit pages start with; each reader can switch."
    )

    @field_validator("host")
    @classmethod
    def _only_loopback(cls, host: str) -> str:
        if not is_loopback(host):
            raise ValueError(
                f"{host!r} is not served: only loopback (127.0.0.1, ::1, localhost) until there is a login"
            )
        return host
