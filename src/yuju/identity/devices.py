"""What a request says of the browser and the device it comes from, in a few words."""

from __future__ import annotations

import re

from django.http import HttpRequest

from yuju.identity.addresses import caller_address

# The first that fits: most browsers also claim to be those below them.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("OPR|Opera", "Opera"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "Mac"),
    ("Linux|X11", "Linux"),
)


def device_text(user_agent: str) -> str:
    """`Chrome · Windows`; whatever is not known is left out. What a browser says of itself proves nothing, but tells apart."""
    found = (
        next((name for pattern, name in known if re.search(pattern, user_agent)), "") for known in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(filter(None, found))


def origin_of(request: HttpRequest) -> dict[str, str]:
    """From where a request comes, as the history and the audit keep it: address, and browser with device."""
    said = {"address": caller_address(request), "device": device_text(request.headers.get("User-Agent", "")[:500])}
    return {name: text for name, text in said.items() if text}
