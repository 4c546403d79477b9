"""Which names this server answers to.

A page of any site can have its own name lead to this machine after it was loaded (DNS rebinding); to the browser it then is
one of our own. Only the name that was asked for gives it away. An address in numbers cannot be made to lead elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from .fault import Fault, RawHeaders

__all__ = ["Hosts"]

LOCAL = "localhost"
KEPT = 256
"""Hosts whose answer is kept, each as it stood in a header."""
LONGEST = 300


class Hosts:
    """The names of one server: `allowed` by the operator, those of the loopback, the one that it is `bound` to, and every
    address in numbers. `*` allows any name, `*.example.com` those below one."""

    def __init__(self, allowed: Collection[str], bound: str = "") -> None:
        names = {name.lower().rstrip(".") for name in (*allowed, bound, LOCAL) if name}
        self._any = "*" in names
        self._names = {name for name in names if not name.startswith("*")}
        self._below = tuple(name[1:] for name in (*names, f"*.{LOCAL}") if name.startswith("*."))
        self._seen: dict[bytes, bool] = {}

    def check(self, host: bytes | None) -> None:
        """Raise Fault (403) for a request under a name that is not ours. A program may leave `Host` out, no browser does."""
        if host is None or self._any:
            return
        good = self._seen.get(host)
        if good is None:
            good = len(host) <= LONGEST and self._ours(host.decode("latin-1"))
            if len(self._seen) >= KEPT:
                self._seen.clear()
            if len(host) <= LONGEST:
                self._seen[host] = good
        if not good:
            raise Fault(
                403,
                "HOST_FORBIDDEN",
                "This server does not answer to the name in the header 'Host': the operator adds names by NOBODYASKED_ALLOWED_HOSTS.",
            )

    def check_raw(self, headers: RawHeaders) -> None:
        """`check` of headers as they came, in lower case; each of several has to be ours."""
        for name, value in headers:
            if name == b"host":
                self.check(value)

    def _ours(self, host: str) -> bool:
        name, port = _split(host.strip().lower())
        if port and not port.isdecimal():
            return False
        name = name.removesuffix(".")
        return name in self._names or (bool(name) and name.endswith(self._below)) or _in_numbers(name)


def _split(host: str) -> tuple[str, str]:
    """Name and port; an address of IPv6 stands in brackets."""
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name, port.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


def _in_numbers(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
