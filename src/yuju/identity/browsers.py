"""The browsers on which people are signed in, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from yuju.identity.devices import device_text

_HANDHELD = ("iPhone", "iPad", "Android", "HarmonyOS")


def device_words(user_agent: str) -> str:
    """The browser and the system of a `User-Agent`, such as `Chrome · Windows`, or that it is not known."""
    return device_text(user_agent) or _("Unknown device")


def is_handheld(user_agent: str) -> bool:
    """Whether it is a telephone or tablet."""
    return device_text(user_agent).endswith(_HANDHELD)
