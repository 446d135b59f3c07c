"""The numbers of people in a check-in that was left: covered for whoever goes on with it, shown one at a time."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from yuju.console.check_in_forms import NUMBERS, WhoForm
from yuju.console.pages.check_ins import check_in_of
from yuju.console.pages.premises import user_of
from yuju.kit.console import console_site
from yuju.kit.console.covered import uncovered
from yuju.residency.choices import CheckInStep
from yuju.residency.models import CheckIn
from yuju.residency.services.check_ins import facts_of

REVEAL = "residents.reveal"


def reveal_url(request: HttpRequest, check_in: CheckIn) -> str:
    """Where a kept number is uncovered, less the name of its field; empty for whoever may not see it."""
    if not user_of(request).may(REVEAL, check_in.property_id):
        return ""
    return reverse("console:check-in-number", args=[check_in.pk, "phone"]).removesuffix("phone")


@console_site.page(
    "check-in-number", title="", permission=REVEAL, route="check-ins/<int:pk>/numbers/<str:field>", in_navigation=False
)
@require_POST
def number_page(request: HttpRequest, pk: int, field: str) -> HttpResponseBase:
    """One kept number in full; that it was shown is written down."""
    check_in = check_in_of(request, pk)
    kept = WhoForm.shown(facts_of(check_in).get(CheckInStep.WHO, {})).get(field)
    if field not in NUMBERS or not kept or not user_of(request).may(REVEAL, check_in.property_id):
        raise Http404
    console_site.recorder.revealed(request, check_in, field)
    return uncovered(field, str(kept))
