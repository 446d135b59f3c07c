"""The steps of a check-in: room, resident, terms, what is billed, and the look at all of it before it is confirmed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.check_in_forms import FORMS, RoomForm, StepForm, WhoForm
from yuju.console.check_in_panels import (
    cautions_about,
    let_sentence,
    money_of,
    money_panel,
    offered,
    room_panel,
    tried,
    who_panel,
)
from yuju.console.check_in_start import STARTS, room_start
from yuju.console.form_panels.blacklist import blacklist_cautions
from yuju.console.form_panels.residents import same_document
from yuju.console.pages.check_in_numbers import reveal_url
from yuju.console.pages.check_ins import EDIT, check_in_of, step_url
from yuju.console.pages.premises import user_of
from yuju.console.pages.tariffs import CYCLES, price_now
from yuju.console.rehearsal import rehearsal
from yuju.identity.models import User
from yuju.journeys.check_in_plan import Plan, plan_of, rent_steps
from yuju.journeys.move_in import check_in_complete
from yuju.journeys.reserving import stay_reserve
from yuju.kit.console import Consequences, console_site, form_state, go_to
from yuju.kit.console.form_pages import PLAIN
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.id_cards import read_id_card
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.toasts import toast_add
from yuju.reporting.free_units import leases_between
from yuju.residency.choices import CheckInState, CheckInStep
from yuju.residency.models import CheckIn
from yuju.residency.services.check_ins import STEPS, check_in_begin, check_in_keep, facts_of

RECENT = timedelta(minutes=15)
"""So long after somebody touched a check-in they are likely to be at it still."""

TITLES: dict[CheckInStep, tuple[Any, Any]] = {
    CheckInStep.ROOM: (
        gettext_lazy("Which room, and when?"),
        gettext_lazy("The room is held once it is reserved or let."),
    ),
    CheckInStep.WHO: (gettext_lazy("Who moves in?"), gettext_lazy("Numbers are stored encrypted and shown covered.")),
    CheckInStep.TERMS: (
        gettext_lazy("What is agreed?"),
        gettext_lazy("The panel works out the first bill as you type."),
    ),
    CheckInStep.BILLED: (
        gettext_lazy("What is billed?"),
        gettext_lazy("Ticked is what the property bills as a rule, and the rent that fits the way of paying."),
    ),
}


@console_site.page(
    "check-ins-new",
    title=gettext_lazy("Check somebody in"),
    permission=EDIT,
    route="check-ins/new/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def new_page(request: HttpRequest) -> HttpResponseBase:
    """The first step of a check-in that is not kept yet. `unit` and `resident` of the address say where and who."""
    form = _room_form(request, None)
    if request.method == "POST" and form.is_valid() and _is_free(form, None):
        at, unit = timezone.now(), form.cleaned_data["unit"]
        with transaction.atomic():
            check_in = check_in_begin(unit=unit, by=user_of(request), at=at)
            check_in = _keep(request, check_in, form, to=CheckInStep.WHO)
            chosen = request.GET.get("resident", "")
            if chosen.isdecimal():
                check_in_keep(
                    check_in=check_in, step=CheckInStep.WHO, facts={"resident": chosen}, by=user_of(request), at=at
                )
        return go_to(request, step_url(check_in, CheckInStep.WHO))
    return _step_page(request, None, form)


@console_site.page("check-ins-new-panel", title="", permission=EDIT, route="check-ins/new/panel", in_navigation=False)
@require_POST
def new_panel_page(request: HttpRequest) -> HttpResponseBase:
    """The panel beside the first step."""
    return _panel_answer(request, None, _room_form(request, None))


def _step(step: CheckInStep) -> None:
    """Registers the pages of one step."""

    @require_http_methods(["GET", "POST"])
    def page(request: HttpRequest, pk: int) -> HttpResponseBase:
        check_in = check_in_of(request, pk)
        if (elsewhere := _elsewhere(check_in, step)) is not None:
            return redirect(elsewhere)
        form = _form(request, check_in, step)
        if request.method == "POST":
            if request.POST.get("then") == "leave":
                return _leave(request, check_in, form)
            if form.is_valid() and (url := _go_on(request, check_in, form)):
                return go_to(request, url)
        return _step_page(request, check_in, form)

    @require_POST
    def panel(request: HttpRequest, pk: int) -> HttpResponseBase:
        check_in = check_in_of(request, pk)
        return _panel_answer(request, check_in, _form(request, check_in, step))

    @require_POST
    def keep(request: HttpRequest, pk: int) -> HttpResponseBase:
        """Keeps what is typed so far, right or not."""
        form = _form(request, check_in := check_in_of(request, pk), step)
        form.is_valid()
        try:
            kept = _keep(request, check_in, form)
        except Refused as refusal:
            return HttpResponse(str(refusal), status=422, content_type=PLAIN)
        said = _("Kept %(time)s") % {"time": date_format(timezone.localtime(kept.touched_at), "H:i")}
        return HttpResponse(said, content_type=PLAIN)

    for name, view, end in (("", page, ""), ("-panel", panel, "panel"), ("-keep", keep, "keep")):
        console_site.page(
            f"check-in-{step}{name}",
            title="",
            permission=EDIT,
            route=f"check-ins/<int:pk>/{step}/{end}",
            in_navigation=False,
        )(view)


for _one in FORMS:
    _step(_one)


def _elsewhere(check_in: CheckIn, step: CheckInStep) -> str | None:
    """Where a step cannot be shown yet, or any more: the page that can."""
    if check_in.state != CheckInState.OPEN:
        return reverse("console:check-ins-detail", args=[check_in.pk])
    return step_url(check_in) if STEPS.index(step) > STEPS.index(CheckInStep(check_in.step)) else None


def _go_on(request: HttpRequest, check_in: CheckIn, form: StepForm) -> str:
    """Keeps the step and says where it goes on; a room that is held moves along. Empty where that is refused."""
    if isinstance(form, RoomForm) and not _is_free(form, check_in):
        return ""
    if isinstance(form, WhoForm) and not _is_new(request, form, check_in):
        return ""
    following = STEPS[STEPS.index(form.step) + 1]
    try:
        with transaction.atomic():
            kept = _keep(request, check_in, form, to=following)
            at = timezone.now()
            if (
                kept.held_until is not None
                and kept.held_until > at
                and form.step in (CheckInStep.ROOM, CheckInStep.WHO)
            ):
                stay_reserve(check_in=kept, until=kept.held_until, by=user_of(request), at=at)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return ""
    if request.POST.get("then") == "reserve":
        return reverse("console:check-ins-detail", args=[check_in.pk])
    return step_url(check_in, following)


def _leave(request: HttpRequest, check_in: CheckIn, form: StepForm) -> HttpResponseBase:
    """Keeps what is there, right or not."""
    form.is_valid()
    try:
        _keep(request, check_in, form)
        toast_add(request, _("Kept. Anybody can go on with it."))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return go_to(request, reverse("console:check-ins-list"))


def _is_free(form: RoomForm, check_in: CheckIn | None) -> bool:
    """Whether nobody else has the room on one of the days; the form says who does."""
    given, own = form.cleaned_data, check_in.tenure_id if check_in is not None else None
    for lease in leases_between(given["unit"], given["start"], given["end"]):
        if lease.pk != own:
            form.add_error("start", f"{let_sentence(lease)} {_('Choose other days or another room.')}")
            return False
    return True


def _is_new(request: HttpRequest, form: WhoForm, check_in: CheckIn) -> bool:
    """Whether whoever is entered as new is not on file at the property; the form says who has the document."""
    if form.cleaned_data.get("resident") is not None:
        return True
    for known in same_document(form.cleaned_data, user_of(request)):
        if known.property_id == check_in.property_id:
            said = _("This document is on file with %(name)s (%(ref)s). Take them at the right, or correct the number.")
            form.add_error("id_number", said % {"name": known.name, "ref": known.ref})
            return False
    return True


def _keep(request: HttpRequest, check_in: CheckIn, form: StepForm, to: CheckInStep | None = None) -> CheckIn:
    given, facts = form.cleaned_data, form.typed()
    more: dict[str, Any] = {}
    if form.step == CheckInStep.ROOM:
        more["unit"] = given.get("unit")
        start, end = given.get("start"), given.get("end")
        if start is not None and end is not None and start <= end:
            more["days"] = (start, end)
    elif form.step == CheckInStep.WHO:
        chosen = given.get("resident")
        facts["resident"] = str(chosen.pk) if chosen is not None else ""
        more |= {"resident": chosen, "name": chosen.name if chosen is not None else facts["name"]}
    return check_in_keep(
        check_in=check_in, step=form.step, facts=facts, to=to, by=user_of(request), at=timezone.now(), **more
    )


# The forms


def _room_form(request: HttpRequest, check_in: CheckIn | None) -> RoomForm:
    return RoomForm(
        request.POST if request.method == "POST" else None, request=request, initial=room_start(request, check_in)
    )


def _form(request: HttpRequest, check_in: CheckIn, step: CheckInStep, data: QueryDict | None = None) -> StepForm:
    if step == CheckInStep.ROOM:
        return _room_form(request, check_in)
    form_type, kept = FORMS[step], facts_of(check_in).get(step)
    shown = form_type.shown(kept) if kept is not None else STARTS[step](check_in)
    if step == CheckInStep.WHO and request.GET.get("resident"):
        shown["resident"] = request.GET["resident"]
    initial = {**shown, "_property": check_in.property, "_reveal_url": reveal_url(request, check_in)}
    sent = request.POST if request.method == "POST" else None
    return form_type(data if data is not None else sent, request=request, initial=initial)


# What is shown


def _panel(request: HttpRequest, check_in: CheckIn | None, form: StepForm) -> Consequences | None:
    form.is_valid()
    if isinstance(form, RoomForm):
        return room_panel(request, form, check_in)
    assert check_in is not None
    if isinstance(form, WhoForm):
        return who_panel(request, form.cleaned_data, check_in)
    return money_panel(request, form.step, form.typed(), check_in)


def _panel_answer(request: HttpRequest, check_in: CheckIn | None, form: StepForm) -> HttpResponseBase:
    panel = _panel(request, check_in, form)
    return render(request, panel.template, {"panel": panel}) if panel is not None else HttpResponse()


def _first_panel(request: HttpRequest, check_in: CheckIn | None, form: StepForm) -> Consequences | None:
    """The panel of a page that is opened: by what its fields hold."""
    if form.is_bound:
        return _panel(request, check_in, form)
    data = form_state.data_of(form_state.untouched(form))
    return _panel(request, check_in, type(form)(data, request=request, initial=form.initial))


def _step_page(request: HttpRequest, check_in: CheckIn | None, form: StepForm) -> HttpResponseBase:
    faults = [field for field in form if field.errors] if form.is_bound else []
    if faults:
        faults[0].field.widget.attrs["autofocus"] = True
    step = form.step
    context: dict[str, Any] = {
        "check_in": check_in,
        "step": step,
        "steps": _steps(check_in, step),
        "title": TITLES[step][0],
        "hint": TITLES[step][1],
        "form": form,
        "faults": faults,
        "panel": _first_panel(request, check_in, form),
        "form_url": request.get_full_path() if check_in is None else step_url(check_in, step),
        "panel_url": reverse("console:check-ins-new-panel")
        if check_in is None
        else reverse(f"console:check-in-{step}-panel", args=[check_in.pk]),
        "keep_url": reverse(f"console:check-in-{step}-keep", args=[check_in.pk]) if check_in is not None else "",
        "back_url": _before(check_in, step),
        "at_it": _at_it(request, check_in),
        "template": f"console/check_in/{step}.html",
    }
    if step == CheckInStep.BILLED and check_in is not None:
        context["offered"] = _offered(check_in, form)
    return render(request, "console/check_in/step.html", context, status=422 if form.is_bound else 200)


def _steps(check_in: CheckIn | None, step: CheckInStep) -> list[tuple[int, Any, str, str]]:
    """The steps with their numbers, how far they are, and where those that were reached are."""
    reached = STEPS.index(CheckInStep(check_in.step)) if check_in is not None else 0
    here = STEPS.index(step)
    return [
        (
            number + 1,
            one.label,
            "on" if number == here else "done" if number < reached else "todo",
            step_url(check_in, one) if check_in is not None and number <= reached and number != here else "",
        )
        for number, one in enumerate(STEPS)
    ]


def _before(check_in: CheckIn | None, step: CheckInStep) -> str:
    at = STEPS.index(step)
    return step_url(check_in, STEPS[at - 1]) if check_in is not None and at else reverse("console:check-ins-list")


def _at_it(request: HttpRequest, check_in: CheckIn | None) -> str:
    """Who else touched it a moment ago."""
    if check_in is None or check_in.at_it is None or check_in.at_it == user_of(request):
        return ""
    return str(check_in.at_it) if timezone.now() - check_in.touched_at < RECENT else ""


def _offered(check_in: CheckIn, form: StepForm) -> list[dict[str, Any]]:
    """The tariffs to tick, each with its price and how often it is billed."""
    chosen = {str(one) for one in (form.typed() if form.is_bound else form.initial).get("tariffs", ())}
    cycles: dict[int, Any] = dict(CYCLES)
    return [
        {
            "tariff": one.tariff,
            "price": price_now(one.tariff),
            "cycle": "" if one.tariff.basis == "metered" else cycles[one.tariff.cycle_months],
            "checked": str(one.tariff.pk) in chosen,
            "has_meter": one.has_meter,
        }
        for one in offered(check_in)
    ]


# Reading a card


@console_site.page("check-in-card", title="", permission=EDIT, route="check-ins/<int:pk>/card", in_navigation=False)
@require_POST
def card_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The text of an identity card becomes fields; what does not read is said."""
    check_in = check_in_of(request, pk)
    data = request.POST.copy()
    said, good = "", False
    try:
        card = read_id_card(data.get("card", "").replace("\x00", ""))
    except Refused as refusal:
        said = str(refusal)
    else:
        data["name"], data["id_type"], data["id_number"] = card.name or data.get("name", ""), "id_card", card.number
        said, good = _("Read: %(name)s, born %(day)s.") % {"name": card.name or "—", "day": card.born}, True
    form = _form(request, check_in, CheckInStep.WHO, data)
    context = {"form": form_state.quietly(form), "check_in": check_in, "card_said": said, "card_good": good}
    answer = render(request, "console/check_in/person.html", context)
    # The panel looks again as soon as the fields are there.
    answer.headers["HX-Trigger"] = "picked"
    return answer


# The look at all of it


@console_site.page(
    "check-in-confirm", title="", permission=EDIT, route="check-ins/<int:pk>/confirm/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Everything that was entered, and what it comes to; confirmed, it is done as it was shown."""
    check_in = check_in_of(request, pk)
    if (elsewhere := _elsewhere(check_in, CheckInStep.CONFIRM)) is not None:
        return redirect(elsewhere)
    refused, status = "", 200
    if request.method == "POST":
        try:
            _complete(request, check_in, timezone.now())
        except Refused as refusal:
            refused, status = str(refusal), 409 if refusal.code == "changed" else 422
        else:
            toast_add(request, _("Checked in"))
            return go_to(request, reverse("console:check-ins-detail", args=[pk]))
    return _confirm(request, check_in, refused, status)


def _complete(request: HttpRequest, check_in: CheckIn, at: datetime) -> None:
    check_in_complete(
        check_in=check_in,
        shown=request.POST.get("shown", ""),
        moves_in=request.POST.get("moves_in") == "on",
        by=user_of(request),
        at=at,
    )


def _confirm(request: HttpRequest, check_in: CheckIn, refused: str, status: int) -> HttpResponseBase:
    day = local_date(timezone.now(), check_in.property.time_zone)
    context: dict[str, Any] = {
        "check_in": check_in,
        "step": CheckInStep.CONFIRM,
        "steps": _steps(check_in, CheckInStep.CONFIRM),
        "refused": refused,
        "back_url": _before(check_in, CheckInStep.CONFIRM),
        "at_it": _at_it(request, check_in),
        "today": day,
        "url": {one.value: step_url(check_in, one) for one in STEPS},
    }
    try:
        plan = plan_of(check_in)
        context |= _told(plan, day, check_in.tenure_id, user_of(request))
        with rehearsal():
            made = tried(request, check_in, {})
        context |= {"panel": money_of(made), "shown": made.digest}
    except Refused as refusal:
        if refusal.code == "incomplete":
            toast_add(request, refusal, kind="bad")
            return redirect(step_url(check_in, str(refusal.field)))
        context["refused"] = refused or str(refusal)
    except OperationalError:
        context["refused"] = _("Somebody is writing to this property right now. Try again in a moment.")
    return render(request, "console/check_in/confirm.html", context, status=status)


def _told(plan: Plan, day: date, own: int | None, user: User) -> dict[str, Any]:
    resident, person = plan.person.resident, plan.person
    others = [(one.id_number, one.phone) for one in plan.others]
    phone = (resident.phone if resident is not None else "") or person.phone
    number = (resident.id_number if resident is not None else "") or person.id_number
    return {
        "plan": plan,
        "name": resident.name if resident is not None else person.name,
        "phone": mask_phone(phone) if phone else "",
        "id_number": mask_id_number(number) if number else "",
        "rents": list(rent_steps(plan.terms, plan.days)),
        "cautions": [
            *blacklist_cautions(id_number=number, phone=phone, user=user, on=day, others=others),
            *(cautions_about(resident, day, own) if resident is not None else []),
        ],
        "may_move_in": plan.days.start <= day,
    }
