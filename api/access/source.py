"""Where a request comes from, past the proxies that are trusted; and which device lives there."""

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from api.config import DeviceSection

Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
_MOST_HOPS = 20


class Sources:
    """Tells who sends a request by the configuration of proxies and devices."""

    def __init__(self, proxies: Iterable[str], devices: Iterable[DeviceSection]) -> None:
        self._proxies = [ipaddress.ip_network(proxy) for proxy in proxies]
        self._devices = [(ipaddress.ip_network(device.source), device) for device in devices]

    def of(self, scope: Scope) -> str:
        """The address of who sends: the peer's, or what a trusted proxy says, as far as it can be trusted.

        Each proxy adds at the right whom it heard; the first from the right that is no trusted proxy counts.
        """
        client = scope.get("client")
        source = _plain(client[0]) if client else "local"
        if not self._proxies or not _within(source, self._proxies):
            return source
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        for hop in reversed(forwarded.split(",")[-_MOST_HOPS:]):
            plain = _plain(hop.strip())
            if not _is_address(plain):
                break
            source = plain
            if not _within(source, self._proxies):
                break
        return source

    def device_at(self, source: str) -> DeviceSection | None:
        """The device that is let in from this address."""
        if self._devices and _is_address(source):
            address = ipaddress.ip_address(source)
            for network, device in self._devices:
                if address in network:
                    return device
        return None


def network(source: str) -> str:
    """What counts as one source: an address, or the /64 of IPv6 of which one household has a whole."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 4:
        return source
    return str(ipaddress.ip_network(f"{source.partition('%')[0]}/64", strict=False))


def _plain(host: str) -> str:
    """An address as configurations write it: IPv4 without the dress of IPv6, no zone."""
    host = host.partition("%")[0]
    if ":" in host and _is_address(host) and (mapped := ipaddress.IPv6Address(host).ipv4_mapped):
        return str(mapped)
    return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _within(host: str, networks: Networks) -> bool:
    return _is_address(host) and any(ipaddress.ip_address(host) in network for network in networks)
