"""Panels beside the forms of fee items, recurring charges, prices and billing calendars."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing.choices import Basis, Cause
from yuju.billing.models import BillingAccount, FeeItem, RecurringCharge, Tariff
from yuju.billing.pricing.line import Priced
from yuju.billing.pricing.sentence import calculation
from yuju.billing.selectors.preview import Next, next_charges
from yuju.billing.services import recurring, tariffs
from yuju.billing.services.tariffs import tariff_is_billed
from yuju.console.price_panel import measure_of, typed_panel
from yuju.console.rehearsal import SHOWN, Rehearsed, going_on, rehearse
from yuju.identity.models import User
from yuju.journeys.billing_calendar import day_next
from yuju.kit.console import Caution, Consequences, Line
from yuju.residency.models import Tenure

COMING = 3


def new_recurring_panel(given: Mapping[str, Any], tenure: Tenure, complete: bool) -> Consequences:
    """The next charges of a recurring charge that is being typed, one by one."""
    title = _("The next charges")
    if not complete or not 0 <= given["discount"] <= 100:
        return Consequences(title, text=_("Choose a tariff and the days to see what the first periods cost."))
    tariff = given["tariff"]
    if tariff.basis == Basis.METERED:
        text = _("Every interval between two readings is billed. The next reading makes the next charge.")
        return Consequences(title, text=text)
    charge = RecurringCharge(
        property_id=tenure.property_id,
        account=BillingAccount(property_id=tenure.property_id, tenure=tenure),
        tariff=tariff,
        unit=tenure.unit,
        point=given["point"],
        space=given["space"],
        start=given["start"],
        end=given["end"] or tenure.end,
        rate=given["rate"],
        discount=given["discount"] / 100,
    )
    found = next_charges(charge, COMING)
    first = found[0].price if found else None
    text = _("Nothing is left to bill.")
    if isinstance(first, Priced):
        text = calculation(first.derivation.document(), unit=measure_of(tariff.fee_item.category))
    elif found:
        text = ""
    same = RecurringCharge.objects.filter(
        Q(end=None) | Q(end__gte=charge.start), account__tenure=tenure, tariff__fee_item=tariff.fee_item
    )
    cautions = [
        Caution(
            _("%(tariff)s is billed to this lease already, from %(day)s on.")
            % {"tariff": one.tariff.name, "day": one.start},
            url=reverse("console:recurring-charges-detail", args=[one.pk]),
            link=_("Open"),
        )
        for one in same.select_related("tariff").order_by("start")[:2]
    ]
    return Consequences(title, [_coming_line(one) for one in found], cautions=cautions, text=text)


def _coming_line(found: Next) -> Line:
    under = _("billed from %(day)s, due %(due)s") % {"day": found.bill_date, "due": found.due_date}
    label = f"{found.start} – {found.end}"
    if isinstance(found.price, Priced):
        return Line(label, found.price.amount, under)
    return Line(label, Cause(found.price.cause.value).label, under, kind="warn")


def recurring_panel(
    given: Mapping[str, Any], row: RecurringCharge, complete: bool, user: User, at: datetime
) -> Consequences:
    """The next charges of a recurring charge as it would be, and which of them is another than before."""
    title = _("The next charges")
    billed = recurring.billed_through(row)
    text = (
        _("Nothing was billed yet.") if billed is None else _("Billed through %(day)s; that stays.") % {"day": billed}
    )
    found = Rehearsed()
    if complete:
        held = copy.copy(row)
        found = rehearse(lambda: recurring.recurring_charge_change(charge=held, **given, by=user, at=at), [row])
    if found.lines or found.cautions:
        return Consequences(title, found.lines, cautions=found.cautions, text=text)
    return Consequences(title, [_coming_line(one) for one in next_charges(row, COMING)], text=text)


def tariff_panel(data: Mapping[str, Any], row: Tariff | None, day: date) -> Consequences:
    """What a new tariff's price comes to; of one that exists, what hangs on its terms."""
    if row is None:
        context = typed_panel(data, day)
        return Consequences(_("What it comes to"), template="console/billing/price_try.html", context=context)
    used = RecurringCharge.objects.filter(Q(end=None) | Q(end__gte=day), tariff=row).count()
    charges = f"{reverse('console:recurring-charges-list')}?tab=all&tariff={row.pk}"
    cautions = []
    if tariff_is_billed(row):
        frozen = _("Bills were issued by this tariff: its terms stay, only code, name, lead and due days can change.")
        cautions.append(Caution(frozen, kind="info"))
    text = _("Prices stand on the tariff's page, each with the day it holds from.")
    lines = [Line(_("Recurring charges it prices"), str(used), url=charges)]
    return Consequences(_("What hangs on it"), lines, cautions=cautions, text=text)


def price_changes(tariff: Tariff, given: Mapping[str, Any], day: date, user: User, at: datetime) -> Rehearsed | None:
    """What a new price does to some of the charges it holds for; None while it is not whole."""
    if "valid_from" not in given:
        return None
    charges = going_on(RecurringCharge.objects.filter(tariff=tariff), day)[:SHOWN]
    return rehearse(lambda: tariffs.tariff_version_add(tariff=copy.copy(tariff), **given, by=user, at=at), charges)


def fee_item_panel(row: FeeItem | None) -> Consequences | None:
    """The tariffs of a fee item."""
    if row is None:
        return None
    priced = Tariff.objects.filter(fee_item=row)
    lines = [
        Line(one.name, str(one.property), url=reverse("console:tariffs-detail", args=[one.pk]))
        for one in priced.select_related("property").order_by("property__code", "code")[:8]
    ]
    count = priced.count()
    said = ngettext(
        "%(count)d tariff prices it. Its name is on every bill from now on; printed ones keep the old.",
        "%(count)d tariffs price it. Its name is on every bill from now on; printed ones keep the old.",
        count,
    ) % {"count": count}
    return Consequences(_("What hangs on it"), lines, text=said if count else _("No tariff prices it yet."))


def calendar_panel(given: Mapping[str, Any], calendar: Any, after: date | None, day: date) -> Consequences:
    """When the next run is drafted, and who decides about it."""
    title = _("What happens next")
    if not given.get("is_on"):
        return Consequences(title, text=_("No run is drafted by itself: somebody has to make each one."))
    if "day" not in given:
        return Consequences(title, text=_("Choose the day of the month to see when the next run is drafted."))
    since = calendar.since if calendar is not None and calendar.is_on else day
    due = day_next(day=given["day"], since=since, after=after, today=day)
    lines = [Line(_("Next draft"), f"{due} {given.get('hour', 0):02d}:00")]
    approver = given.get("approver")
    lines.append(Line(_("Who is told"), str(approver) if approver else _("everybody who may issue runs")))
    cautions = []
    if given.get("second_person"):
        text = _("The run waits until somebody other than who drafted it approves.")
    elif given.get("issue_when_clean"):
        text = _("Without exceptions the run issues itself: bills go out and no one looks before.")
        cautions, text = [Caution(text)], ""
    else:
        text = _("The run waits as a draft until somebody who may issue it does.")
    return Consequences(title, lines, cautions=cautions, text=text)
