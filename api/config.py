"""Configuration of the API and its pages."""

from typing import Literal

from pydantic import Field

from influx.config import Section


class ApiSection(Section):
    """Where the API listens and how pages speak."""

    host: str = Field("127.0.0.1", description="Address to listen on; only loopback until there is a login.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    temperature_unit: Literal["C", "F"] = Field(
        "C", description="Unit pages start with; each reader can switch."
    )
