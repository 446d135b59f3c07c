"""The settlement as a document: signed at the desk's screen, and fetched as PDF."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from yuju.console.check_out import (
    EDIT,
    VIEW,
    CheckOut,
    check_out_found,
    check_out_url,
    settlement_found,
    shown_anew,
    signs_on_screen,
    who_and_when,
)
from yuju.console.signing import DeskSigningForm
from yuju.identity.addresses import caller_address
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.journeys.settlement_signing import settlement_code_send, settlement_sign
from yuju.kit import files
from yuju.kit.console import console_site
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.toasts import toast_add
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement
from yuju.payments.selectors import ZERO, settlement_signature
from yuju.reporting.settlement_page import settlement_sheet
from yuju.reporting.settlement_pdf import settlement_name, settlement_pdf


@console_site.page(
    "check-out-sign", title="", permission=EDIT, route="leases/<int:pk>/check-out/sign/", in_navigation=False
)
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The resident reads, agrees and signs at the desk. POST with `send` has a code sent to their phone first."""
    found = check_out_found(request, pk, EDIT)
    settlement = settlement_found(found)
    if settlement.state != SettlementState.SHOWN or not signs_on_screen(found.tenure):
        return redirect(check_out_url(pk))
    form, shown = DeskSigningForm(request=request), ""
    try:
        if "send" in request.POST:
            with transaction.atomic():
                digest, shown = settlement_code_send(
                    settlement=settlement, seal=_seal(request), address=caller_address(request), **who_and_when(request)
                )
            form = DeskSigningForm(request=request, initial={"sha256": digest})
        elif request.method == "POST":
            form = DeskSigningForm(request.POST, request=request)
            if form.is_valid() and _signed(request, settlement, form):
                toast_add(request, _("The settlement is agreed and signed"))
                return redirect(check_out_url(pk))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        if refusal.code != "changed":
            return redirect(check_out_url(pk))
        shown_anew(request, settlement)
        return redirect("console:check-out-sign", pk)
    context = _context(found, settlement) | {"form": form, "asked": request.method == "POST", "shown": shown}
    return render(request, "console/check_out/sign.html", context, status=422 if form.errors else 200)


def _signed(request: HttpRequest, settlement: Settlement, form: DeskSigningForm) -> bool:
    """Signs; a code that is not right is told in the form."""
    try:
        settlement_sign(
            settlement=settlement,
            seal=_seal(request),
            **form.cleaned_data,
            address=caller_address(request),
            **who_and_when(request),
        )
    except Refused as refusal:
        if refusal.code not in ("wrong", "throttled"):
            raise
        form.refuse(refusal)
        return False
    return True


def _seal(request: HttpRequest) -> str:
    return request.POST.get("seal", "")[:64]


def _context(found: CheckOut, settlement: Settlement) -> dict[str, object]:
    tenure, url = found.tenure, check_out_url(found.tenure.pk)
    crumbs = [
        (_("Leases"), reverse("console:leases-list")),
        (tenure.number, reverse("console:leases-detail", args=[tenure.pk])),
        (_("Check-out"), url),
        (_("Sign at the desk"), ""),
    ]
    return {
        "found": found,
        "tenure": tenure,
        "settlement": settlement,
        "sheet": settlement_sheet(settlement),
        "refundable": max(-settlement.result, ZERO),
        "masked": mask_phone(str(tenure.resident.phone)),
        "crumbs": crumbs,
        "back_url": url,
    }


@console_site.page(
    "check-out-pdf", title="", permission=VIEW, route="leases/<int:pk>/check-out/pdf", in_navigation=False
)
@require_GET
def pdf_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The settlement as it was signed on screen, or on paper, to be signed; that it was fetched is written down."""
    found = check_out_found(request, pk, VIEW)
    settlement = settlement_found(found)
    signature, name = settlement_signature(settlement), f"{settlement_name(settlement)}.pdf"
    try:
        response = (
            files.answer(signature.signed_path, name, inline=True, request=request)
            if signature is not None
            else _printed(settlement, name, found.today)
        )
    except FileNotFoundError as error:
        raise Http404 from error
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect(check_out_url(pk))
    audit_record(
        action=AuditAction.EXPORTED,
        about=settlement,
        property_id=settlement.property_id,
        rows=1,
        format="pdf",
        **who_and_when(request),
    )
    return response


def _printed(settlement: Settlement, name: str, today: date) -> HttpResponse | FileResponse:
    response = HttpResponse(settlement_pdf(settlement_sheet(settlement), made_on=today), content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
