"""Checking somebody out (退房): notice, last readings and damages, the settlement shown and agreed, the money, the keys.

One page, a step at a time. Whatever changed since a settlement was shown is refused by the story behind it; the page then
shows it anew and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.console.check_out import (
    EDIT,
    REFUND,
    SETTLE,
    VIEW,
    At,
    CheckOut,
    check_out_found,
    check_out_url,
    page_context,
    settlement_found,
    shift_of,
    shown_anew,
    who_and_when,
)
from yuju.console.check_out_forms import (
    ANOTHER,
    AS_AGREED,
    WAIVED,
    AgreementForm,
    KeysForm,
    NoticeForm,
    ReadingsForm,
    RefundForm,
    damage_forms,
)
from yuju.journeys.move_out import harm_of, keys_return, notice_give, notice_withdraw, turnover_finish
from yuju.journeys.objections import objection_answer, settlement_take_back
from yuju.journeys.settling import (
    settlement_agree,
    settlement_close,
    settlement_prepare,
    settlement_refund,
    settlement_show,
)
from yuju.kit.console import console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.payments.choices import AgreedHow, ExtraKind, RefundChannel
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.selectors import settlement_lines
from yuju.reporting.settlement_page import left_of
from yuju.residency.abandoned import abandonment_signed

NOON = time(12)


def _text(request: HttpRequest, name: str, most: int = 500) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[:most]


def _key(request: HttpRequest) -> UUID:
    """The key the form was drawn with."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        raise Http404 from None


@console_site.page("check-out", title="", permission=VIEW, route="leases/<int:pk>/check-out/", in_navigation=False)
@require_GET
def check_out_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far the check-out is, and the form of the step that comes next; `step` goes back to an earlier one."""
    return _page(request, check_out_found(request, pk, VIEW))


def _page(request: HttpRequest, found: CheckOut, status: int = 200, **forms: Any) -> HttpResponseBase:
    context = page_context(request, found, forms.pop("shown", None))
    context |= _forms(request, found, context["shown"]) | forms
    if found.turnover is None:
        harm = harm_of(found.settlement)
        initial = {"repairs": "\n".join(harm.broken), "lost": "\n".join(harm.lost)}
        context["keys_form"] = KeysForm(request=request, initial=initial)
    if context["shown"] == At.READINGS:
        form = context["form"]
        context["readings"] = [form[f"reading_{one.meter.pk}"] for one in form.meters]
    return render(request, "console/check_out/page.html", context, status=status)


def _forms(request: HttpRequest, found: CheckOut, shown: At) -> dict[str, Any]:
    """The blank form of the step that is shown."""
    if shown == At.NOTICE:
        return {"form": NoticeForm(request=request, initial=_notice_initial(found))}
    if shown == At.READINGS:
        form = ReadingsForm(request=request, tenure=found.tenure, initial=_readings_initial(found))
        return {
            "form": form,
            "damages": damage_forms(request, found.tenure, found.settlement, posted=False),
            "key": found.settlement.key if found.settlement is not None else uuid4(),
        }
    if shown == At.AGREEMENT:
        return {"form": AgreementForm(request=request, tenure=found.tenure)}
    if shown == At.MONEY:
        has_shift = shift_of(request, found.tenure.property_id) is not None
        initial = {
            "payee": found.tenure.resident.name,
            "amount": left_of(settlement_found(found)).to_pay_out,
            "channel": RefundChannel.CASH if has_shift else RefundChannel.BANK,
        }
        return {"form": RefundForm(request=request, tenure=found.tenure, initial=initial), "key": uuid4()}
    return {}


def _notice_initial(found: CheckOut) -> dict[str, Any]:
    if found.notice is None:
        end, case = found.tenure.end, abandonment_signed(found.tenure)
        if case is not None:
            return {"last_day": found.today, "reason": _("Abandoned room %(number)s") % {"number": case.number}}
        return {"last_day": end if end is not None and end >= found.today else found.today}
    return {"last_day": found.notice.last_day, "reason": found.notice.reason}


def _readings_initial(found: CheckOut) -> dict[str, Any]:
    """What the settlement says already, or what the notice and the meters suggest."""
    settlement = found.settlement
    if settlement is None:
        assert found.notice is not None
        return {"last_day": found.notice.last_day, "reason": found.notice.reason, "penalty": AS_AGREED}
    values = {
        "last_day": settlement.last_day,
        "due": settlement.due if settlement.due != settlement.last_day else None,
        "reason": settlement.reason,
        "penalty": AS_AGREED,
        **{f"reading_{one.meter_id}": one.value.normalize() for one in settlement.readings.all()},
    }
    penalty = settlement.extras.filter(kind=ExtraKind.PENALTY).first()
    if penalty is not None:
        values |= {"penalty": ANOTHER if penalty.amount else WAIVED, "penalty_words": penalty.words}
        values |= {"penalty_amount": penalty.amount} if penalty.amount else {}
    return values


def _say(form: Any, refusal: Refused) -> None:
    """A refusal where it belongs in a form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


@console_site.page(
    "check-out-notice", title="", permission=EDIT, route="leases/<int:pk>/check-out/notice", in_navigation=False
)
@require_POST
def notice_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes notice, or changes what was said."""
    found = check_out_found(request, pk, EDIT)
    form = NoticeForm(request.POST, request=request)
    if form.is_valid():
        values = form.cleaned_data
        zone = ZoneInfo(found.tenure.property.time_zone)
        day, hour = values["inspection_on"], values["inspection_time"]
        look = datetime.combine(day or values["last_day"], hour or NOON, zone) if day or hour else None
        try:
            notice_give(
                tenure=found.tenure,
                last_day=values["last_day"],
                reason=values["reason"],
                inspection_at=look,
                **who_and_when(request),
            )
            toast_add(request, _("Notice is taken, and the inspection is a task"))
            return redirect(check_out_url(pk))
        except Refused as refusal:
            _say(form, refusal)
    return _page(request, found, 422, shown=At.NOTICE, form=form)


@console_site.page(
    "check-out-prepare", title="", permission=EDIT, route="leases/<int:pk>/check-out/settlement", in_navigation=False
)
@require_POST
def prepare_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Draws the settlement up from what was entered, or anew."""
    found, key = check_out_found(request, pk, EDIT), _key(request)
    form = ReadingsForm(request.POST, request=request, tenure=found.tenure)
    damages = damage_forms(request, found.tenure, found.settlement, posted=True)
    # Both are asked, so that everything wrong is told at once.
    if all([form.is_valid(), damages.is_valid()]):
        values = form.cleaned_data
        try:
            settlement_prepare(
                tenure=found.tenure,
                last_day=values["last_day"],
                reason=values["reason"],
                due=values["due"],
                key=key,
                readings=form.readings(),
                extras=[*damages.extras(), *form.penalty_extras()],
                **who_and_when(request),
            )
            return redirect(check_out_url(pk))
        except Refused as refusal:
            _say(form, refusal)
    return _page(request, found, 422, shown=At.READINGS, form=form, damages=damages, key=key)


def _act(request: HttpRequest, found: CheckOut, act: Callable[[], Any], said: str = "") -> HttpResponseBase:
    """Does one thing and leads back; a refusal is told there, and what changed meanwhile is shown anew."""
    try:
        with transaction.atomic():
            act()
        if said:
            toast_add(request, said)
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        if refusal.code == "changed" and found.settlement is not None:
            shown_anew(request, found.settlement)
    return redirect(check_out_url(found.tenure.pk))


@console_site.page(
    "check-out-show", title="", permission=EDIT, route="leases/<int:pk>/check-out/show", in_navigation=False
)
@require_POST
def show_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Shows the settlement to the resident."""
    found = check_out_found(request, pk, EDIT)
    settlement = settlement_found(found)
    said = _("The resident sees the settlement in the portal")
    return _act(request, found, lambda: settlement_show(settlement=settlement, **who_and_when(request)), said)


@console_site.page(
    "check-out-answer", title="", permission=EDIT, route="leases/<int:pk>/check-out/answer", in_navigation=False
)
@require_POST
def answer_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Answers an objection of the resident."""
    found = check_out_found(request, pk, EDIT)
    line = _line(settlement_found(found), request)
    text = _text(request, "answer")
    return _act(request, found, lambda: objection_answer(line=line, text=text, **who_and_when(request)))


def _line(settlement: Settlement, request: HttpRequest) -> SettlementLine:
    wanted = request.POST.get("line", "")
    line = next((one for one in settlement_lines(settlement) if str(one.pk) == wanted), None)
    if line is None:
        raise Http404
    return line


@console_site.page(
    "check-out-agree", title="", permission=EDIT, route="leases/<int:pk>/check-out/agree", in_navigation=False
)
@require_POST
def agree_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Writes down that the resident agreed at the desk."""
    found = check_out_found(request, pk, EDIT)
    settlement, form = settlement_found(found), AgreementForm(request.POST, request=request, tenure=found.tenure)
    if not form.is_valid():
        return _page(request, found, 422, form=form)
    values = {"how": AgreedHow(form.cleaned_data["how"]), "note": form.cleaned_data["note"]}
    seal = _text(request, "seal")
    return _act(
        request, found, lambda: settlement_agree(settlement=settlement, seal=seal, **values, **who_and_when(request))
    )


@console_site.page(
    "check-out-settle", title="", permission=SETTLE, route="leases/<int:pk>/check-out/settle", in_navigation=False
)
@require_POST
def settle_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Settles the stay as it was agreed."""
    found = check_out_found(request, pk, SETTLE)
    settlement, seal = settlement_found(found), _text(request, "seal")
    said = _("The stay is settled")
    return _act(
        request, found, lambda: settlement_close(settlement=settlement, seal=seal, **who_and_when(request)), said
    )


@console_site.page(
    "check-out-refund", title="", permission=REFUND, route="leases/<int:pk>/check-out/refund", in_navigation=False
)
@require_POST
def refund_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Pays out what is left, in cash out of the user's own drawer or by bank."""
    found, key = check_out_found(request, pk, REFUND), _key(request)
    settlement, form = settlement_found(found), RefundForm(request.POST, request=request, tenure=found.tenure)
    if form.is_valid():
        values = form.cleaned_data
        channel, given = RefundChannel(values.pop("channel")), who_and_when(request)
        place = found.tenure.property
        shift = shift_of(request, place.pk) if channel == RefundChannel.CASH else None
        try:
            with transaction.atomic():
                settlement_refund(
                    settlement=settlement,
                    channel=channel,
                    key=key,
                    shift=shift,
                    on=local_date(given["at"], place.time_zone),
                    **values,
                    **given,
                )
            toast_add(request, _("The refund is paid out"))
            return redirect(check_out_url(pk))
        except Refused as refusal:
            _say(form, refusal)
    return _page(request, found, 422, form=form, key=key)


@console_site.page(
    "check-out-keys", title="", permission=EDIT, route="leases/<int:pk>/check-out/keys", in_navigation=False
)
@require_POST
def keys_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The keys are back: cleaning and repairs become tasks."""
    found = check_out_found(request, pk, EDIT)
    form = KeysForm(request.POST, request=request)
    told: dict[str, Any] = {name: form.lines(name) for name in ("repairs", "lost")} if form.is_valid() else {}
    said = _("The keys are back; what is to be done in the unit is tasks now")
    return _act(request, found, lambda: keys_return(tenure=found.tenure, **told, **who_and_when(request)), said)


@console_site.page(
    "check-out-ready", title="", permission=EDIT, route="leases/<int:pk>/check-out/ready", in_navigation=False
)
@require_POST
def ready_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Says by hand that the unit can be let again."""
    found = check_out_found(request, pk, EDIT)
    turnover = found.turnover
    if turnover is None:
        raise Http404
    return _act(
        request,
        found,
        lambda: turnover_finish(turnover=turnover, **who_and_when(request)),
        _("The unit can be let again"),
    )


@console_site.page(
    "check-out-withdraw", title="", permission=EDIT, route="leases/<int:pk>/check-out/withdraw", in_navigation=False
)
@require_POST
def withdraw_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes back the settlement, or else the notice: the stay goes on."""
    found = check_out_found(request, pk, EDIT)
    settlement, notice, reason = found.settlement, found.notice, _text(request, "reason", 200)
    if settlement is not None:
        return _act(
            request,
            found,
            lambda: settlement_take_back(settlement=settlement, reason=reason, **who_and_when(request)),
            _("The settlement is withdrawn; nothing of it was posted"),
        )
    if notice is None:
        raise Http404
    return _act(
        request, found, lambda: notice_withdraw(notice=notice, **who_and_when(request)), _("The notice is taken back")
    )
