"""A collective bill of a company, as whoever speaks for the company sees it."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from yuju.billing.models import CollectiveBill
from yuju.kit.dates import local_date
from yuju.payments.selectors import bill_state
from yuju.portal.days import today_of
from yuju.portal.files import pdf_answer
from yuju.portal.pages.bills import TONES
from yuju.portal.people import for_person, page
from yuju.reporting.collective_bills import collective_sheet
from yuju.reporting.collective_pdf import collective_pdf
from yuju.reporting.person_page import collective_bills_of
from yuju.residency.selectors import Person


@require_GET
@for_person
def collective_bill_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One collective bill, opening to the bills of its units; 404 for anybody else's."""
    today = today_of(person)
    row = _row(person, pk)
    sheet = collective_sheet(row, today)
    states = [(one, bill_state(one.bill, today)) for one in sheet.bills]
    context = {
        "bill": row,
        "sheet": sheet,
        "units": [(one, state, TONES[state]) for one, state in states],
        "tone": TONES[sheet.line.state],
        "places": [row.property],
        "issued": local_date(row.run.issued_at, row.property.time_zone) if row.run.issued_at else None,
    }
    return page(request, person, "portal/collective_bill.html", context, here="bills")


@require_GET
@for_person
def collective_bill_pdf(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One collective bill as PDF in the reader's language; not too many at a time, because each is work."""
    row = _row(person, pk)
    back = reverse("portal:collective-bill", args=[pk])
    today = today_of(person)
    return pdf_answer(
        request, person, lambda _now: collective_pdf(collective_sheet(row, today)), name=row.number, back=back
    )


def _row(person: Person, pk: int) -> CollectiveBill:
    found: CollectiveBill | None = collective_bills_of(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
