"""Which addresses our servers may call because somebody told them to: public ones, no service of the house or a cloud."""

from __future__ import annotations

import ipaddress
import socket

from app.domain.catalog.ports import FlagshipUnreachable

CLOUD_CONTROL = frozenset({ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("fd00:ec2::254")})
"""Public or private by number, but the control plane of a cloud when called from inside it."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def vetted_address(host: str, port: int, *, allow_private: bool) -> Address:
    """The address to dial for this name, resolved once: every address it has must be one we may call.

    `host` is ASCII (IDNA). Raises FlagshipUnreachable host_unknown or address_refused.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError):
        raise FlagshipUnreachable("host_unknown", "找不到网址里的主机 %(host)s", host=host[:100]) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not all(may_call(address, allow_private=allow_private) for address in addresses):
        raise FlagshipUnreachable("address_refused", "网址指向内部网络，不能访问")
    return addresses[0]


def may_call(address: Address, *, allow_private: bool) -> bool:
    """Public, or with `allow_private` this machine and the house network; never the link-local services of a cloud."""
    plain = (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address
    inside = plain.is_private and not plain.is_link_local and not plain.is_unspecified and not plain.is_reserved and plain not in CLOUD_CONTROL
    return is_public(address) or (allow_private and (inside or plain.is_loopback))


def is_public(address: Address) -> bool:
    """Reachable by everyone: no private, loopback, link-local, metadata or embedded private address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in CLOUD_CONTROL
