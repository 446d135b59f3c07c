"""A resident's lease: until when it goes, and with one tap whether they renew or move out."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yuju.journeys.lease_ends import lease_end_answer
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.portal.pages.contracts import TONES
from yuju.portal.people import for_person, page
from yuju.reporting.person_page import contracts_of, handovers_of, stay_end, tenures_of_person
from yuju.residency.choices import ContractState, EndAnswerKind, TenureKind, TenureState
from yuju.residency.selectors import Person


@require_http_methods(["GET", "POST"])
@for_person
def stay_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One of the person's leases; sent, it takes down what they want at its end, for the front desk."""
    tenure = tenures_of_person(person).filter(pk=pk).first()
    if tenure is None:
        raise Http404
    answer = request.POST.get("answer", "")
    if answer in EndAnswerKind.values:
        try:
            with transaction.atomic():
                lease_end_answer(tenure=tenure, answer=EndAnswerKind(answer), by=None, at=timezone.now())
            toast_add(request, _("Thank you: the front desk knows and gets in touch with you."))
        except Refused as refusal:
            toast_add(request, str(refusal), kind="bad")
        return redirect("portal:stay", tenure.pk)
    end = stay_end(tenure, local_date(timezone.now(), tenure.property.time_zone))
    context = {
        "tenure": tenure,
        "stay": end,
        "contracts": [(one, TONES[ContractState(one.state)]) for one in contracts_of(person).filter(tenure=tenure)],
        "handovers": list(handovers_of(person).filter(tenure=tenure)),
        "lives": tenure.kind == TenureKind.LEASE and tenure.state == TenureState.LIVING,
    }
    return page(request, person, "portal/stay.html", context, here="home")
