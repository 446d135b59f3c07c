"""Where a request comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def caller_address(request: HttpRequest) -> str:
    """The caller's network address: of IPv6 the first half, since whoever has one address has all of that network.

    What a request says of itself (`X-Forwarded-For`) counts only as far as the proxies of `settings.YUJU_PROXIES` say it.
    """
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    # Each proxy appends whom it was asked by: the last one that is no proxy of ours is the caller.
    while address is not None and said and any(address in network for network in settings.YUJU_PROXIES):
        before = _parsed(said.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # A socket that takes both kinds writes 1.2.3.4 as ::ffff:1.2.3.4.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
