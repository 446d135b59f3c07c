"""A resident's lease: until when it goes, and with one tap whether they renew or move out."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.journeys.lease_ends import lease_end_answer
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.portal.people import for_person, page
from yuju.reporting.person_page import StayEnd, stay_end, tenures_of_person
from yuju.residency.choices import EndAnswerKind
from yuju.residency.models import Tenure
from yuju.residency.selectors import Person


@require_GET
@for_person
def stay_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One of the person's leases, and what was answered about its end."""
    tenure = _own(person, pk)
    return page(request, person, "portal/stay.html", {"tenure": tenure, "stay": _end(tenure)}, here="home")


@require_POST
@for_person
def answer_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """Takes the answer down; the front desk finds it on the lease and on its task."""
    tenure = _own(person, pk)
    answer = request.POST.get("answer", "")
    if answer in EndAnswerKind.values:
        try:
            with transaction.atomic():
                lease_end_answer(tenure=tenure, answer=EndAnswerKind(answer), by=None, at=timezone.now())
            toast_add(request, _("Thank you: the front desk knows and gets in touch with you."))
        except Refused as refusal:
            toast_add(request, str(refusal), kind="bad")
    return redirect("portal:stay", tenure.pk)


def _own(person: Person, pk: int) -> Tenure:
    found = tenures_of_person(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _end(tenure: Tenure) -> StayEnd:
    return stay_end(tenure, local_date(timezone.now(), tenure.property.time_zone))
