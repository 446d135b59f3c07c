"""Leaving: notice given, the settlement read line by line, objected to or agreed with, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from yuju.identity.addresses import caller_address
from yuju.journeys.move_out import notice_give, refund_due
from yuju.journeys.objections import objection_raise
from yuju.journeys.settlement_signing import settlement_code_send, settlement_sign
from yuju.journeys.settling import settlement_show
from yuju.journeys.signing import codes_can_be_sent
from yuju.kit import files
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.signing_form import SigningForm
from yuju.kit.toasts import toast_add
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.selectors import settlement_of, settlement_signature
from yuju.portal.files import pdf_answer
from yuju.portal.people import for_person, page
from yuju.portal.wording import settlement_said
from yuju.reporting.person_page import accounts_of, settlements_of
from yuju.reporting.settlement_page import left_of, paid_out, settlement_sheet
from yuju.reporting.settlement_pdf import settlement_pdf
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import MoveOutNotice, Tenure
from yuju.residency.selectors import Person, agreement_of, move_out_notice_of, notice_days_short, tenures_of

MOST_SHOWN = 2
"""So many settlements stand on the first page."""

TONES = {SettlementState.SHOWN: "warn", SettlementState.AGREED: "brand", SettlementState.CLOSED: "ok"}


class NoticeForm(forms.Form):
    """When the resident leaves, and why."""

    last_day = forms.DateField(
        label=gettext_lazy("My last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=gettext_lazy("Why you leave (if you like)"), max_length=200, required=False)


class ObjectionForm(forms.Form):
    """What is wrong with a line."""

    objection = forms.CharField(
        label=gettext_lazy("What is wrong with it?"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )


def _settlement(person: Person, pk: int) -> Settlement:
    """A settlement that was shown to the person.

    Raises:
        Http404: there is none, or it is somebody else's.
    """
    rows = settlements_of(person).select_related("account__tenure__unit", "account__tenure__resident", "property")
    found: Settlement | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_drawn_up_anew(person: Person, pk: int) -> bool:
    """Whether what the person was shown is not to be seen now: the desk changes it, or took it back."""
    rows = Settlement.objects.filter(pk=pk, account__in=accounts_of(person), shown_at__isnull=False)
    return rows.filter(state__in=[SettlementState.DRAFT, SettlementState.WITHDRAWN]).exists()


@require_http_methods(["GET", "POST"])
@for_person
def notice_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """Gives notice, or changes the day that was said, until the stay is being settled."""
    tenure = next((one for one in tenures_of(person) if one.pk == pk and _lives(one)), None)
    if tenure is None:
        raise Http404
    settling = settlement_of(tenure) is not None
    notice, today = move_out_notice_of(tenure), local_date(timezone.now(), tenure.property.time_zone)
    initial = {"last_day": notice.last_day, "reason": notice.reason} if notice is not None else {}
    form = NoticeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if settling:
            form.add_error(None, _("Your stay is being settled. Speak to the front desk to change the day."))
        elif form.cleaned_data["last_day"] < today:
            form.add_error("last_day", _("The last day cannot be before today."))
        else:
            try:
                with transaction.atomic():
                    notice_give(tenure=tenure, by=None, at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                toast_add(request, _("Your notice is in. The front desk gets in touch about the inspection."))
                return redirect("portal:notice", tenure.pk)
    agreement = agreement_of(tenure)
    context = {
        "tenure": tenure,
        "notice": notice,
        "form": form,
        "settling": settling,
        "agreement": agreement,
        "days_short": notice_days_short(notice, agreement) if notice is not None else 0,
    }
    return page(request, person, "portal/notice.html", context, here="home", status=422 if form.errors else 200)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@for_person
def settlement_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """The settlement with every line, what was objected and answered, and what came of it. POST with `send` has a code
    sent to the person's own number; other ones sign."""
    if is_drawn_up_anew(person, pk):
        toast_add(request, _("The settlement is being drawn up anew. You are told once it is there."))
        return redirect("portal:home")
    settlement = _settlement(person, pk)
    if request.method == "GET":
        return _page(request, person, settlement)
    if settlement.state != SettlementState.SHOWN:
        return redirect("portal:settlement", pk)
    return (_send if "send" in request.POST else _sign)(request, person, settlement)


def _page(
    request: HttpRequest,
    person: Person,
    settlement: Settlement,
    *,
    form: SigningForm | None = None,
    shown: str = "",
    status: int = 200,
) -> HttpResponseBase:
    sheet, signature = settlement_sheet(settlement), settlement_signature(settlement)
    closed, is_open = settlement.state == SettlementState.CLOSED, settlement.state == SettlementState.SHOWN
    context: dict[str, Any] = {
        "settlement": settlement,
        "sheet": sheet,
        "stands": settlement_said(settlement),
        "tone": TONES[SettlementState(settlement.state)],
        "state": _("Waits for you") if is_open and not sheet.waiting else settlement.get_state_display(),
        "amount": abs(settlement.result),
        "open": is_open,
        "can_sign": is_open and not sheet.waiting and codes_can_be_sent(),
        "form": form,
        "shown": shown,
        "masked": mask_phone(str(settlement.account.tenure.resident.phone)),
        "signature": signature,
        "signatures": [signature],
        "left": left_of(settlement) if closed else None,
        "paid_out": paid_out(settlement),
        "refund_due": refund_due(settlement),
        "places": [settlement.property],
    }
    return page(request, person, "portal/settlement.html", context, here="home", status=status)


@require_http_methods(["GET", "POST"])
@for_person
def objection_page(request: HttpRequest, person: Person, pk: int, line: int) -> HttpResponseBase:
    """Objects to a line; once a line, while the settlement is shown."""
    settlement = _settlement(person, pk)
    found = next((one for one in settlement_sheet(settlement).lines if one.row.pk == line), None)
    if found is None:
        # The lines were drawn up anew since; the page of the settlement shows them.
        if SettlementLine.objects.filter(pk=line, settlement=settlement).exists():
            return redirect("portal:settlement", pk)
        raise Http404
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                objection_raise(line=found.row, text=form.cleaned_data["objection"], at=timezone.now())
        except Refused as refusal:
            form.add_error("objection", str(refusal))
        else:
            toast_add(request, _("The front desk answers your objection here."))
            return redirect("portal:settlement", pk)
    context = {"settlement": settlement, "line": found, "form": form}
    return page(request, person, "portal/objection.html", context, here="home", status=422 if form.errors else 200)


def _send(request: HttpRequest, person: Person, settlement: Settlement) -> HttpResponseBase:
    """Has a code sent that signs exactly the lines that were on the screen; what changed since is shown anew."""
    seal, address = _seal(request), caller_address(request)
    try:
        with transaction.atomic():
            sha256, shown = settlement_code_send(
                settlement=settlement, seal=seal, address=address, by=None, at=timezone.now()
            )
    except Refused as refusal:
        return _refused(request, settlement, refusal)
    return _page(request, person, settlement, form=SigningForm(initial={"sha256": sha256}), shown=shown)


def _sign(request: HttpRequest, person: Person, settlement: Settlement) -> HttpResponseBase:
    """Agrees by signing exactly what was on the screen; what changed since is shown anew."""
    form = SigningForm(request.POST)
    if not form.is_valid():
        return _page(request, person, settlement, form=form, status=422)
    try:
        settlement_sign(
            settlement=settlement,
            seal=_seal(request),
            **form.cleaned_data,
            address=caller_address(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        if refusal.code not in ("wrong", "throttled"):
            return _refused(request, settlement, refusal)
        form.refuse(refusal)
        return _page(request, person, settlement, form=form, status=429 if refusal.code == "throttled" else 422)
    toast_add(request, _("Thank you. The settlement is agreed and signed."))
    return redirect("portal:settlement", settlement.pk)


def _seal(request: HttpRequest) -> str:
    return request.POST.get("seal", "")[:64]


def _refused(request: HttpRequest, settlement: Settlement, refusal: Refused) -> HttpResponseBase:
    toast_add(request, refusal, kind="bad")
    if refusal.code == "changed":
        _show_anew(request, settlement)
    return redirect("portal:settlement", settlement.pk)


def _show_anew(request: HttpRequest, settlement: Settlement) -> None:
    try:
        with transaction.atomic():
            settlement_show(settlement=settlement, by=None, at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")


@require_GET
@for_person
def settlement_pdf_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """The settlement as it was signed; or on paper, in the reader's language, not too many at a time: each is work."""
    settlement = _settlement(person, pk)
    signature = settlement_signature(settlement)
    if signature is not None:
        try:
            return files.answer(signature.signed_path, f"settlement-{settlement.pk}.pdf", request=request)
        except FileNotFoundError as error:
            raise Http404 from error
    sheet = settlement_sheet(settlement)
    day = local_date(timezone.now(), settlement.property.time_zone)
    return pdf_answer(
        request,
        person,
        lambda _now: settlement_pdf(sheet, made_on=day),
        name=f"settlement-{settlement.pk}",
        back=reverse("portal:settlement", args=[pk]),
    )


@dataclass(frozen=True)
class Leaving:
    """What the first page says of leaving.

    Attributes:
        settlements: those that were shown, the latest first, each with where it stands in words.
        notices: those that hold, of stays that are not being settled.
        free: the ids of the leases where the resident may give notice, and has not yet.
    """

    settlements: list[tuple[Settlement, str]]
    notices: list[MoveOutNotice]
    free: set[int]


def leaving_of(person: Person, tenures: Sequence[Tenure]) -> Leaving:
    """What is known of leaving, in four statements however many stays there are."""
    shown = settlements_of(person).select_related("account__tenure__unit", "property")[:MOST_SHOWN]
    lived = {one.pk for one in tenures if _lives(one)}
    settling = Settlement.objects.exclude(state=SettlementState.WITHDRAWN).filter(account__tenure__in=lived)
    free = lived - set(settling.values_list("account__tenure_id", flat=True))
    notices = MoveOutNotice.objects.filter(tenure__in=free, withdrawn_at=None).select_related("tenure__unit")
    given = list(notices)
    return Leaving([(one, settlement_said(one)) for one in shown], given, free - {one.tenure_id for one in given})


def _lives(tenure: Tenure) -> bool:
    return tenure.kind == TenureKind.LEASE and tenure.state == TenureState.LIVING
