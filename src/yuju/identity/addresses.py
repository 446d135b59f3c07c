"""Where a request comes from, and where the pages are for those outside."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from yuju.identity.models import Operator
from yuju.kit.tenancy import current_operator_id


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


def public_address(request: HttpRequest, path: str) -> str:
    """The absolute address of a page for people outside, such as residents who scan a code.

    The operator's own host comes first, then `settings.YUJU_PUBLIC_URL`; without both it is the address this request was
    made to.
    """
    operator_id = current_operator_id()
    host = Operator.objects.filter(pk=operator_id).values_list("host", flat=True).first() if operator_id else ""
    asked = request.get_host()
    if host and host != asked.partition(":")[0].lower():
        return f"{request.scheme}://{host}{path}"
    if not host and settings.YUJU_PUBLIC_URL:
        return f"{settings.YUJU_PUBLIC_URL}{path}"
    return f"{request.scheme}://{asked}{path}"


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # A socket that takes both kinds writes 1.2.3.4 as ::ffff:1.2.3.4.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
