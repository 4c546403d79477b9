"""Where a request comes from, as far as that can be known."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

__all__ = ["address_of"]


def address_of(client: str, forwarded: bytes | None, hops: int) -> str:
    """The address that a request is counted under.

    `hops` proxies stand before this server: the last but so many of X-Forwarded-For is what the outermost of them saw.
    What stands before it was written by the client and is believed by nobody. IPv6 addresses count by their network of
    64 bits, which is what one customer of a provider has.
    """
    if hops and forwarded is not None:
        named = forwarded.decode("latin-1").split(",")
        client = named[-hops] if len(named) >= hops else named[0]
    return _network(client.strip())


@lru_cache(maxsize=4_096)
def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return text
