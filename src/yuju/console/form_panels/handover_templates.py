"""What a handover template comes to: how much is in it, and whether what is damaged will have a price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing.models import Tariff
from yuju.billing.services.damage_prices import damage_prices
from yuju.identity.models import User
from yuju.kit.console import Caution, Consequences, Line
from yuju.residency.services.handovers import Thing


def codes_without_price(property_id: int, codes: Iterable[str]) -> list[str]:
    """Those of some damage codes that are not on the price list of a property, each once, in their order."""
    wanted = dict.fromkeys(code for code in codes if code)
    prices = damage_prices(Tariff.objects.filter(property_id=property_id, code__in=wanted))
    listed = set(prices.values_list("code", flat=True))
    return [code for code in wanted if code not in listed]


def price_cautions(property_id: int, codes: Iterable[str], user: User) -> list[Caution]:
    """A warning of the codes that price nothing: a check-out then asks for the amount by hand."""
    missing = codes_without_price(property_id, codes)
    if not missing:
        return []
    text = ngettext(
        "%(codes)s is not on the price list of the property: damage is not priced by it.",
        "%(codes)s are not on the price list of the property: damage is not priced by them.",
        len(missing),
    ) % {"codes": _(", ").join(missing)}
    if not user.may("tariffs.view", property_id):
        return [Caution(text)]
    return [Caution(text, url=reverse("console:damage-prices-list"), link=_("Damage prices"))]


def template_panel(property_id: int | None, things: list[Thing] | None, user: User) -> Consequences:
    """What stands beside the form of a template."""
    title = _("In this template")
    if property_id is None or things is None:
        return Consequences(title, text=_("Choose the property and write down what is handed over."))
    rooms = dict.fromkeys(one.room for one in things)
    lines: list[Any] = [
        Line(room, ngettext("%(count)d thing", "%(count)d things", count) % {"count": count})
        for room in rooms
        if (count := sum(one.room == room for one in things))
    ]
    return Consequences(
        title, lines=lines, cautions=price_cautions(property_id, (one.damage_code for one in things), user)
    )
