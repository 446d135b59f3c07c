"""A person's receipts, and each on paper."""

from __future__ import annotations

from datetime import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yuju.identity.addresses import public_address
from yuju.payments.choices import ReceiptLayout
from yuju.payments.services import receipt_print
from yuju.portal.files import pdf_answer
from yuju.portal.people import for_person, page
from yuju.reporting.person_page import accounts_of, receipts_of
from yuju.reporting.receipt_pdf import receipt_pdf
from yuju.reporting.receipts import receipt_sheet, receipts_to_read
from yuju.residency.selectors import Person

ON_PAGE = 24


@require_GET
@for_person
def receipts_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """All of them, the latest first; a void one stays and says so."""
    context = {
        "page": Paginator(receipts_of(person), ON_PAGE).get_page(request.GET.get("page")),
        "several": accounts_of(person).count() > 1,
    }
    return page(request, person, "portal/receipts.html", context, here="receipts")


@require_POST
@for_person
def receipt_pdf_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One receipt on A5; that it was fetched is noted, as every print is. 404 for anybody else's."""
    receipt = receipts_to_read(receipts_of(person)).filter(pk=pk).first()
    if receipt is None:
        raise Http404
    address = public_address(request, reverse("console:public-receipt", args=[receipt.token]))

    def make(now: datetime) -> bytes:
        before = receipt_print(receipt=receipt, layout=ReceiptLayout.A5, by=None, at=now)
        return receipt_pdf(receipt_sheet(receipt), layout=ReceiptLayout.A5, address=address, before=before)

    return pdf_answer(request, person, make, name=receipt.number, back=reverse("portal:receipts"), inline=True)
