"""A person's contracts: read, signed with a code and a drawn signature, kept as PDF."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from yuju.identity.addresses import caller_address
from yuju.journeys.contracts import contract_sign_on_screen, is_outdated
from yuju.journeys.signing import codes_can_be_sent, signing_code_send
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.signing_form import SigningForm
from yuju.kit.toasts import toast_add
from yuju.portal.people import for_person, page
from yuju.reporting.person_page import contracts_of
from yuju.residency.choices import CodePurpose, ContractState
from yuju.residency.contracts.document import contract_text
from yuju.residency.models import Contract
from yuju.residency.selectors import Person

TONES = {ContractState.DRAFTED: "warn", ContractState.SIGNED: "ok", ContractState.VOID: "mute"}


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@for_person
def contract_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One contract; 404 for anybody else's. POST with `send` has a code sent to the person's own number; other ones sign."""
    row = _mine(person, pk)
    if request.method == "GET":
        return _page(request, person, row)
    if not _can_sign(row):
        return redirect("portal:contract", pk)
    return _send(request, person, row) if "send" in request.POST else _sign(request, person, row)


@require_GET
@for_person
def contract_pdf_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """The document, with its signatures once it is signed."""
    row = _mine(person, pk)
    path = row.signed_path or row.path
    try:
        return files.answer(path, f"{row.number}{path[path.rindex('.') :]}", inline=True, request=request)
    except FileNotFoundError as error:
        raise Http404 from error


def _send(request: HttpRequest, person: Person, row: Contract) -> HttpResponseBase:
    try:
        shown = signing_code_send(
            row.tenure.resident,
            purpose=CodePurpose.CONTRACT,
            sha256=row.sha256,
            address=caller_address(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect("portal:contract", row.pk)
    return _page(request, person, row, form=SigningForm(initial={"sha256": row.sha256}), shown=shown)


def _sign(request: HttpRequest, person: Person, row: Contract) -> HttpResponseBase:
    form = SigningForm(request.POST)
    if not form.is_valid():
        return _page(request, person, row, form=form, status=422)
    try:
        contract_sign_on_screen(
            contract=row,
            **form.cleaned_data,
            address=caller_address(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        form.refuse(refusal)
        return _page(request, person, row, form=form, status=429 if refusal.code == "throttled" else 422)
    toast_add(request, _("The contract is signed"))
    return redirect("portal:contract", row.pk)


def _mine(person: Person, pk: int) -> Contract:
    found: Contract = get_object_or_404(contracts_of(person), pk=pk)
    return found


def _can_sign(row: Contract) -> bool:
    is_open = row.state == ContractState.DRAFTED and row.sent_at is not None
    return is_open and codes_can_be_sent() and not is_outdated(row)


def _page(
    request: HttpRequest,
    person: Person,
    row: Contract,
    *,
    form: SigningForm | None = None,
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    open_one = row.state == ContractState.DRAFTED
    context: dict[str, Any] = {
        "contract": row,
        "tone": TONES[ContractState(row.state)],
        "text": contract_text(row) if open_one else None,
        "can_sign": _can_sign(row),
        "outdated": open_one and is_outdated(row),
        "signatures": list(row.signatures.order_by("at", "pk")),
        "form": form,
        "shown": shown,
        "masked": mask_phone(str(row.tenure.resident.phone)),
        "places": [row.property],
    }
    return page(request, person, "portal/contract.html", context, here="home", status=status)
