"""What is set up once and seldom looked at again: its pages stand on one page, 设置, and not in the sidebar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuju.kit.console.site import Entry, console_site

SETTINGS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (
        _("Premises"),
        {
            "properties": _("Names, time zones and what is billed as a rule"),
            "buildings": _("Buildings with their entrances and floors"),
            "spaces": _("Numbers and places of parking spaces"),
            "import": _("Units, residents, leases and meters from one workbook"),
        },
    ),
    (
        _("Check-in and care"),
        {
            "contract-templates": _("Your own contract texts, with what is filled in"),
            "handover-templates": _("What is looked at in each layout at check-in and check-out"),
            "segments": _("Groups of residents by what is known of them"),
            "blacklist": _("Whom to be warned of at check-in, and why"),
        },
    ),
    (
        _("Fees"),
        {
            "recurring-charges": _("What each lease and ownership is billed by"),
            "tariffs": _("Prices, and the day from which each holds"),
            "damage-prices": _("What is asked for things that are broken or lost"),
            "fee-items": _("What is charged, and what is paid first"),
            "billing-calendars": _("The days on which bills are drafted by themselves"),
        },
    ),
    (
        _("Staff and records"),
        {
            "staff": _("Who works here, with which roles"),
            "staff-roles": _("What each role may see and do"),
            "audit": _("Who did or looked at what, and when"),
            "changes": _("Every value that was changed, before and after"),
        },
    ),
)
"""The slugs of the pages by heading, each with what it is for."""

SLUGS = frozenset(slug for _label, pages in SETTINGS for slug in pages)


@dataclass(frozen=True)
class SettingsPage:
    """One of the pages, with what it is for."""

    entry: Entry
    why: Any


def settings_seen(request: HttpRequest) -> list[tuple[Any, list[SettingsPage]]]:
    """The pages this user may see, by heading; a heading without any is left out."""
    entries = {entry.slug: entry for group in console_site.navigation(request) for entry in group.entries}
    found = [
        (label, [SettingsPage(entries[slug], why) for slug, why in pages.items() if slug in entries])
        for label, pages in SETTINGS
    ]
    return [(label, pages) for label, pages in found if pages]
