"""Checks of a resident's numbers while the form is filled in."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import EDIT, VIEW
from yuju.kit import search
from yuju.kit.console import console_site
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.choices import IdType, ResidentKind
from yuju.residency.models import Resident
from yuju.residency.searching import RESIDENT
from yuju.residency.services.documents import id_number_check


@console_site.page("resident-check", title="", permission=EDIT, route="residents/check", in_navigation=False)
@require_POST
def check_page(request: HttpRequest) -> HttpResponseBase:
    """What can be said of one field while the form is filled in: that it fits, who has it already, or what is wrong."""
    name = request.GET.get("field", "")
    value = request.POST.get(name, "").strip()
    if not value:
        return HttpResponse("")
    try:
        if name in ("phone", "emergency_phone"):
            said = _same_phone(request, check_phone(value)) if name == "phone" else ""
        elif name == "id_number":
            is_company = request.GET.get("kind") == ResidentKind.COMPANY
            id_type = IdType.CREDIT_CODE.value if is_company else request.POST.get("id_type", "")
            said = _same_document(
                request, *id_number_check(id_type=id_type if id_type in IdType.values else "", id_number=value)
            )
        else:
            raise PermissionDenied
    except Refused as refusal:
        return HttpResponse(format_html('<span class="c-bad">{}</span>', str(refusal)))
    if said:
        return HttpResponse(format_html('<span class="c-warn">{}</span>', said))
    return HttpResponse(format_html('<span class="c-ok">{}</span>', _("Fits")))


def _same_phone(request: HttpRequest, phone: str) -> str:
    scope = user_of(request).property_scope(VIEW)
    others = [
        hit for hit in search.find(phone, [RESIDENT], scope, 3) if str(hit.object_id) != request.GET.get("except")
    ]
    return _("Registered already: %(names)s") % {"names": _others(others)} if others else ""


def _same_document(request: HttpRequest, id_type: str, number: str) -> str:
    others = Resident.objects.visible_to(user_of(request), VIEW).filter(id_number_hash=keyed_hash(number, "id_number"))
    names = [f"{one.name} ({one.ref})" for one in others[:3] if str(one.pk) != request.GET.get("except")]
    return _("Registered already: %(names)s") % {"names": _(", ").join(names)} if names else ""


def _others(hits: list[search.Hit]) -> str:
    return _(", ").join(f"{hit.title} {hit.subtitle.partition(' · ')[0]}".strip() for hit in hits)
