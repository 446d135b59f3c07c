"""A person's handovers, on paper."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from yuju.portal.files import pdf_answer
from yuju.portal.people import for_person
from yuju.reporting.handover_pdf import handover_pdf
from yuju.reporting.handover_sheet import handover_sheet
from yuju.reporting.person_page import handovers_of
from yuju.residency.selectors import Person


@require_GET
@for_person
def handover_pdf_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One signed handover on A4. 404 for anybody else's."""
    found = handovers_of(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return pdf_answer(
        request,
        person,
        lambda now: handover_pdf(handover_sheet(found)),
        name=f"{found.tenure.number}-{found.kind}",
        back=reverse("portal:me"),
        inline=True,
    )
