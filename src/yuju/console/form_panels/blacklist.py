"""What is said at the desk about somebody who is on the blacklist: in panels, and on pages with the same sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.kit.console import Caution
from yuju.residency.blacklist import VIEW, blacklisted_among


def blacklist_cautions(
    *, id_number: str, phone: str, user: User, on: date, others: Iterable[tuple[str, str]] = ()
) -> list[Caution]:
    """The warnings about whoever has a document or a telephone. Why, is told to those who may see the list.

    Args:
        others: the document and the telephone of each who moves in with them.

    A page draws them with `console/residency/blacklist_warning.html`; the reason behind the link is written down as seen.
    """
    with_them = [one for one in others if any(one)]
    found = blacklisted_among([(id_number, phone), *with_them], on=on)
    if not found:
        return []
    if not user.may(VIEW):
        text = _("This person is on the blacklist. Ask the manager before you go on.")
        if with_them:
            text = _("Somebody who moves in is on the blacklist. Ask the manager before you go on.")
        return [Caution(text, kind="bad")]
    return [
        Caution(
            _("%(name)s is on the blacklist since %(day)s.") % {"name": one.name, "day": one.since},
            url=reverse("console:blacklist-detail", args=[one.pk]),
            link=_("Reason"),
            kind="bad",
        )
        for one in found
    ]
