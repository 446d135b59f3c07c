"""A collective bill of a company (企业合并账单): its page, and its PDF."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from yuju.billing.models import CollectiveBill
from yuju.console.pages.premises import user_of
from yuju.console.templatetags.stays import BILL_TONES
from yuju.kit.console import console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.reporting.collective_bills import collective_bills_to_read, collective_sheet
from yuju.reporting.collective_pdf import collective_pdf

VIEW, TAKE = "bills.view", "payments.take"


def _row(request: HttpRequest, pk: int) -> CollectiveBill:
    rows = CollectiveBill.objects.visible_to(user_of(request), VIEW)
    found: CollectiveBill | None = collective_bills_to_read(rows).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@console_site.page(
    "collective-bill", title="", permission=VIEW, route="collective-bills/<int:pk>/", in_navigation=False
)
@require_GET
def collective_bill_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What one run billed a company, unit by unit."""
    row = _row(request, pk)
    sheet = collective_sheet(row, local_date(timezone.now(), row.property.time_zone))
    residents, user = console_site.consoles["residents"], user_of(request)
    context = {
        "row": row,
        "sheet": sheet,
        "tone": BILL_TONES.get(sheet.line.state, ""),
        "issued": local_date(row.run.issued_at, row.property.time_zone) if row.run.issued_at else None,
        "company_url": residents.detail_url(row.resident) if user.may("residents.view", row.property_id) else "",
        "desk_url": f"{reverse('console:cashier')}?company={row.resident_id}"
        if sheet.line.open > 0 and user.may(TAKE, row.property_id)
        else "",
    }
    return render(request, "console/billing/collective.html", context)


@console_site.page(
    "collective-bill-pdf", title="", permission=VIEW, route="collective-bills/<int:pk>/pdf", in_navigation=False
)
@require_GET
def collective_bill_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A collective bill as PDF in the user's language."""
    row = _row(request, pk)
    try:
        made = collective_pdf(collective_sheet(row, local_date(timezone.now(), row.property.time_zone)))
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return HttpResponseRedirect(reverse("console:collective-bill", args=[pk]))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
