"""A slip of paper with which a resident signs in to the portal: made at the desk, shown and printed once."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import EDIT
from yuju.console.secrets_once import secret_keep, secret_take
from yuju.identity.addresses import public_address
from yuju.identity.models import Operator
from yuju.identity.operators import operator_for
from yuju.kit.console import console_site
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.toasts import toast_add
from yuju.residency.services.portal_codes import SLIP_LIFE, portal_slip_print


@console_site.page(
    "portal-slip", title="", permission=EDIT, route="residents/<int:pk>/portal-code", in_navigation=False
)
@never_cache
@require_http_methods(["GET", "POST"])
def portal_slip_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET asks before a slip is made, and shows one that was just made; POST makes it."""
    console = console_site.consoles["residents"]
    resident = console.get(request, pk, EDIT)
    name = f"portal-slip-{resident.pk}"
    if request.method == "POST":
        try:
            secret_keep(request, name, portal_slip_print(resident=resident, by=user_of(request), at=timezone.now()))
        except Refused as refused:
            toast_add(request, refused, kind="bad")
            return redirect(console.detail_url(resident))
        return redirect("console:portal-slip", pk=resident.pk)
    code = secret_take(request, name)
    context = {
        "resident": resident,
        "phone": mask_phone(resident.phone),
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "until": timezone.now() + SLIP_LIFE,
        "address": public_address(request, _address(request)),
        "back_url": console.detail_url(resident),
        "list_url": console.url("list"),
    }
    return render(request, "console/residency/portal_slip.html", context)


def _address(request: HttpRequest) -> str:
    """The portal's address; with the operator's code where the host name does not tell."""
    user = user_of(request)
    by_host = operator_for(host=request.get_host().partition(":")[0])
    if by_host is not None and by_host.id == user.operator_id:
        return reverse("portal:home")
    return reverse("portal:operator-sign-in", args=[Operator.objects.get(pk=user.operator_id).code])
