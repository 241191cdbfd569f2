"""Which addresses a webhook may have: none inside our own network, whatever name it hides behind."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio


class AddressRefused(Exception):
    """Nothing is sent there. ``why`` is a word for the log of deliveries."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Target:
    """A webhook's address with the machine that its name stands for now."""

    url: str
    host: str
    netloc: str
    address: str
    """The number that is connected to: resolving again when connecting could give another one."""


def is_lawful(url: str, *, private: bool) -> bool:
    """Whether ``url`` may be registered: https, with a name, without a user. ``private``: http as well."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not any(each in url for each in " \\\"'<>")
    whole = bool(host) and parts.username is None and not parts.fragment and port != 0
    if not (plain and whole) or parts.scheme not in (("https", "http") if private else ("https",)):
        return False
    try:
        return private or ipaddress.ip_address(host).is_global
    except ValueError:
        return private or ("." in host and not host.endswith((".localhost", ".local", ".internal")))


async def resolve(url: str, *, private: bool) -> Target:
    """The machine behind ``url`` at this moment. Raises `AddressRefused` when one of its numbers is inside."""
    if not is_lawful(url, private=private):
        raise AddressRefused("url")
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused("unresolved") from error
    numbers = [str(each[4][0]) for each in found]
    # One name with a public and a private number is how our own machines would be reached through us.
    if not numbers or not (private or all(is_outside(number) for number in numbers)):
        raise AddressRefused("private")
    return Target(url, host, parts.netloc, numbers[0])


def is_outside(number: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it is written inside an IPv6 address."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        # 64:ff9b::/96: a translator on the way would carry it to the IPv4 address in its last four bytes.
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(address.packed[12:])
        if inner is not None:
            return is_outside(str(inner))
    return address.is_global and not address.is_multicast
