"""The first page: what is to pay and until when, where one lives, and the latest notices."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yuju.care.activities import upcoming_of
from yuju.kit.dates import local_date
from yuju.payments.choices import BillState
from yuju.portal.days import hour_of, today_of
from yuju.portal.pages.leaving import leaving_of
from yuju.portal.people import for_person, page
from yuju.portal.wording import notice_words
from yuju.reporting.person_page import apart_of, contracts_of, figures_of, issued_bills, near_end, notices_of, stay_end
from yuju.residency.choices import ContractState
from yuju.residency.selectors import Person, tenures_of

LATEST = 4


@require_GET
@for_person
def home_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """What is to pay comes first."""
    today = today_of(person)
    tenures = tenures_of(person)
    current = [one for one in tenures if one.start <= today and (one.end is None or one.end >= today)]
    bills = [one for one in issued_bills(person, today) if one.open > 0]
    leaving = leaving_of(person, current)
    context = {
        "greeting": _greeting(hour_of(person)) % {"name": person.name},
        "figures": figures_of(person, today),
        "overdue": [one for one in bills if one.state == BillState.OVERDUE],
        "to_pay": list(reversed(bills))[:LATEST],
        "more": max(len(bills) - LATEST, 0),
        "apart": apart_of(person),
        "tenures": current,
        "to_sign": list(contracts_of(person).filter(state=ContractState.DRAFTED)),
        "ends": [
            end
            for one in current
            if one.pk in leaving.free and near_end(one, today) and (end := stay_end(one, today)).asks
        ],
        "moved_out": bool(tenures) and not current,
        "places": list({one.property_id: one.property for one in current or tenures[:1]}.values()),
        "notices": [
            (notice_words(one), local_date(one.at, person.residents[0].property.time_zone))
            for one in notices_of(person)[:LATEST]
        ],
        "leaving": leaving,
        "activities": list(upcoming_of(person.resident_ids, timezone.now())[:LATEST]),
        "today": today,
    }
    return page(request, person, "portal/home.html", context, here="home")


def _greeting(hour: int) -> str:
    if 5 <= hour < 11:
        return _("Good morning, %(name)s")
    if 11 <= hour < 14:
        return _("Good day, %(name)s")
    if 14 <= hour < 18:
        return _("Good afternoon, %(name)s")
    return _("Good evening, %(name)s")
