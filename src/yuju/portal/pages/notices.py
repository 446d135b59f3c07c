"""What a person was told; read once the page is opened."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from yuju.messaging.services import resident_notices_mark_read
from yuju.portal.people import for_person, page
from yuju.portal.wording import notice_words
from yuju.reporting.person_page import notices_of
from yuju.residency.selectors import Person

ON_PAGE = 24


@require_GET
@for_person
def notices_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """The notices; those that were unread are shown so this once."""
    shown = Paginator(notices_of(person), ON_PAGE).get_page(request.GET.get("page"))
    notices = [notice_words(one) for one in shown]
    resident_notices_mark_read(resident_ids=person.resident_ids, at=timezone.now())
    return page(request, person, "portal/notices.html", {"page": shown, "notices": notices}, here="notices")
