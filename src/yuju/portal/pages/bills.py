"""A person's bills by state, one of them line by line, and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.kit.dates import local_date
from yuju.payments.choices import BillState
from yuju.portal.days import today_of
from yuju.portal.files import pdf_answer
from yuju.portal.people import for_person, page
from yuju.reporting.bill_pdf import bills_pdf
from yuju.reporting.bill_sheets import bill_sheet, bills_to_read
from yuju.reporting.person_page import IssuedBill, apart_of, bill_items, bills_of, figures_of, issued_bills, person_bill
from yuju.reporting.resident_page import bill_lines
from yuju.residency.selectors import Person

ON_PAGE = 24

TONES = {BillState.DUE: "info", BillState.PART_PAID: "warn", BillState.OVERDUE: "bad", BillState.PAID: "ok"}
KINDS = {"rent": "brand", "property": "past", "utilities": "warn", "other": "mute"}
TABS = (
    ("", gettext_lazy("All")),
    (BillState.DUE, gettext_lazy("To pay")),
    (BillState.PART_PAID, gettext_lazy("Part paid")),
    (BillState.OVERDUE, gettext_lazy("Overdue")),
    (BillState.PAID, gettext_lazy("Paid")),
)


@require_GET
@for_person
def bills_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """The list; `state` narrows it."""
    today = today_of(person)
    bills = issued_bills(person, today)
    wanted = request.GET.get("state", "")
    chosen = wanted if wanted in [state for state, _label in TABS] else ""
    counts = {state: sum(1 for one in bills if one.state == state) for state, _label in TABS if state}
    shown = [one for one in bills if not chosen or one.state == chosen]
    listed = Paginator(shown, ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [
            {
                "label": label,
                "state": state,
                "count": counts.get(state, len(bills)) if state else len(bills),
                "on": state == chosen,
            }
            for state, label in TABS
            if not state or counts[state] or state == chosen
        ],
        "chosen": chosen,
        "page": listed,
        "rows": _named(listed),
        "figures": figures_of(person, today),
        "next": _next(bills) if not chosen else None,
        "apart": apart_of(person) if not chosen else [],
        "several": len({one.bill.account_id for one in bills if not one.is_collective}) > 1,
        "today": today,
    }
    return page(request, person, "portal/bills.html", context, here="bills")


def _named(listed: Iterable[IssuedBill]) -> list[tuple[IssuedBill, str, str]]:
    """The bills of a page with the colour of their state, and what each is for: several fall into one month."""
    rows = list(listed)
    items = bill_items(bill for one in rows for bill in one.parts)
    return [
        (
            one,
            TONES[one.state],
            _(", ").join(dict.fromkeys(name for bill in one.parts for name in items.get(bill.pk, ()))),
        )
        for one in rows
    ]


def _next(bills: list[IssuedBill]) -> dict[str, Any] | None:
    """The bill that is due next, or longest overdue, with what its amount consists of."""
    unpaid = [one for one in bills if one.open > 0]
    if not unpaid:
        return None
    found = min(unpaid, key=lambda one: (one.bill.due_date, one.bill.pk))
    labels = {"rent": _("Rent"), "property": _("Property fees"), "utilities": _("Utilities"), "other": _("Other")}
    lines = bill_lines(found.parts)
    amounts = {name: sum((line.amounts[name] for line in lines), Decimal(0)) for name in labels}
    parts = [{"value": amounts[name], "kind": KINDS[name], "label": labels[name]} for name in labels if amounts[name]]
    return {"one": found, "tone": TONES[found.state], "parts": parts}


@require_GET
@for_person
def bill_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One bill; 404 for anybody else's."""
    today = today_of(person)
    found = person_bill(person, pk, today)
    if found is None:
        raise Http404
    bill = found.sheet.bill
    state = BillState(found.state)
    lines: list[dict[str, Any]] = [
        {"line": line, "read_on": found.readings.get(line.charge_id)} for line in found.sheet.lines
    ]
    context = {
        "bill": bill,
        "sheet": found.sheet,
        "lines": lines,
        "state": state,
        "tone": TONES[state],
        "paid": found.paid,
        "title": _("Bill of %(month)s") % {"month": found.sheet.title_month},
        "places": [bill.property],
        "issued": local_date(bill.run.issued_at, bill.property.time_zone) if bill.run.issued_at else None,
        "today": today,
    }
    return page(request, person, "portal/bill.html", context, here="bills")


@require_GET
@for_person
def bill_pdf(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One bill as PDF in the reader's language; not too many at a time, because each is work."""
    bill = bills_to_read(bills_of(person)).filter(pk=pk).first()
    if bill is None:
        raise Http404
    back = reverse("portal:bill", args=[pk])
    return pdf_answer(request, person, lambda _now: bills_pdf([bill_sheet(bill)]), name=str(bill.number), back=back)
