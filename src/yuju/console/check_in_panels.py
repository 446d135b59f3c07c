"""The panel beside each step of a check-in: which rooms are free, who is on file already, and the first bill to the fen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.billing.choices import Cause, FeeCategory
from yuju.billing.pricing.line import Priced
from yuju.billing.selectors.offered import Offered, tariffs_offered
from yuju.console.check_in_forms import EDIT, OTHERS, RoomForm
from yuju.console.form_panels.blacklist import blacklist_cautions
from yuju.console.form_panels.residents import same_document, same_phone
from yuju.console.local_day import today
from yuju.console.pages.premises import user_of
from yuju.console.rehearsal import rehearsal
from yuju.journeys.check_in_plan import days_of, heads, people_of, rent_steps, terms_of_stay
from yuju.journeys.move_in import MovedIn, check_in_preview
from yuju.kit.console import Caution, Consequences, Line
from yuju.kit.display import amount_text
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.premises.models import Unit
from yuju.reporting.free_units import FreeUnit, free_units, leases_between, not_checked_out, standing_tenures
from yuju.residency.choices import Category, CheckInStep, TagTone
from yuju.residency.models import CheckIn, Resident, ResidentTag, Tenure
from yuju.residency.services.check_ins import check_in_keep, facts_of

SHOWN = 12
STEPS_SHOWN = 4


def room_panel(request: HttpRequest, form: RoomForm, check_in: CheckIn | None) -> Consequences:
    """The room that is chosen and whether it is free on those days; until then, which ones are."""
    given = form.cleaned_data
    unit, start, end = given.get("unit"), given.get("start"), given.get("end")
    if unit is None:
        return _free(request, form, start or today(request), end)
    lines = [
        Line(_("Layout"), unit.layout or "—"),
        Line(_("Area"), f"{unit.area} m²" if unit.area is not None else "—"),
    ]
    cautions = _in_the_way(unit, start, end, check_in, today(request))
    text = ""
    if start is not None and end is not None and end >= start:
        lines.append(Line(_("Days"), _("%(count)s days") % {"count": (end - start).days + 1}, f"{start} – {end}"))
        following = leases_between(unit, end + timedelta(days=1), None)
        if not cautions:
            text = _("Free on all of these days.")
            if following:
                text += " " + _("The next lease begins on %(day)s.") % {"day": following[0].start}
    return Consequences(unit.label, lines, cautions=cautions, text=text)


def _free(request: HttpRequest, form: RoomForm, on: date, until: date | None) -> Consequences:
    found = free_units(_units(request), on, until if until is not None and until >= on else None, SHOWN)
    typed = {name: value for name, value in form.typed().items() if name != "unit" and value} if form.is_bound else {}
    rows = [(one, _words(one), "?" + urlencode({**typed, "unit": one.unit.pk})) for one in found]
    text = _("Choose one, or type a room on the left.") if rows else _("No room is free on %(day)s.") % {"day": on}
    return Consequences(
        _("Free on %(day)s") % {"day": on},
        text=text,
        template="console/check_in/free.html",
        context={"rows": rows},
    )


def _units(request: HttpRequest) -> QuerySet[Unit]:
    chosen = getattr(request, "property", None)
    units = Unit.objects.visible_to(user_of(request), EDIT)
    return units if chosen is None else units.filter(property=chosen)


def _words(free: FreeUnit) -> str:
    if free.until is not None:
        return _("until %(day)s") % {"day": free.until}
    if free.since is not None:
        return _("since %(day)s") % {"day": free.since}
    return ""


def _in_the_way(unit: Unit, start: date | None, end: date | None, check_in: CheckIn | None, now: date) -> list[Caution]:
    """Who holds the room on one of the days, and who has not left it."""
    if start is None:
        return []
    own = check_in.tenure_id if check_in is not None else None
    found = [one for one in leases_between(unit, start, end) if one.pk != own]
    cautions = [Caution(let_sentence(one), url=_lease(one), link=_("Open"), kind="bad") for one in found[:2]]
    # Whoever is to leave before the first day may still do so in time.
    staying = not_checked_out(unit, min(start, now))
    if staying is not None:
        cautions.append(
            Caution(
                _("%(name)s has not checked out: the lease ended on %(day)s.")
                % {"name": staying.resident.name, "day": staying.end},
                url=_lease(staying),
                link=_("Open"),
            )
        )
    return cautions


def let_sentence(lease: Tenure) -> str:
    """By whom and how long a room is let."""
    return _("%(unit)s is let from %(start)s to %(end)s: lease %(number)s, %(name)s.") % {
        "unit": lease.unit.label,
        "start": lease.start,
        "end": lease.end or "…",
        "number": lease.number,
        "name": lease.resident.name,
    }


def who_panel(request: HttpRequest, given: Mapping[str, Any], check_in: CheckIn) -> Consequences:
    """Who is on file with this telephone or document, to be chosen at one click; what is known of whoever is chosen."""
    title, day = _("On file already?"), check_in.start or today(request)
    chosen: Resident | None = given.get("resident")
    if chosen is not None:
        lines = [
            Line(_("Phone"), mask_phone(chosen.phone) if chosen.phone else _("missing")),
            Line(_("ID number"), mask_id_number(chosen.id_number) if chosen.id_number else _("missing")),
        ]
        return Consequences(
            chosen.name,
            lines,
            cautions=[
                *_blacklisted(request, chosen.id_number, chosen.phone, given),
                *cautions_about(chosen, day, check_in.tenure_id),
            ],
            text=_("What is on file stays. What is missing there is taken over from the left."),
        )
    user = user_of(request)
    found = {one.pk: one for one in [*same_document(given, user), *same_phone(given.get("phone") or "", user)]}
    here = [one for one in found.values() if one.property_id == check_in.property_id]
    return Consequences(
        title,
        cautions=[
            *_blacklisted(request, given.get("id_number") or "", given.get("phone") or "", given),
            *(one for known in found.values() for one in cautions_about(known, day, check_in.tenure_id)),
        ],
        text=_("Whoever has the same telephone or document is shown here as soon as it is entered.")
        if not here
        else "",
        template="console/check_in/known.html",
        context={"known": [(one, mask_phone(one.phone) if one.phone else "") for one in here]},
    )


def _blacklisted(request: HttpRequest, id_number: str, phone: str, given: Mapping[str, Any]) -> list[Caution]:
    """Warnings about whoever signs, and about those who live there too."""
    others = [
        (given.get(f"other{number}_id_number") or "", given.get(f"other{number}_phone") or "")
        for number in range(OTHERS)
    ]
    user, day = user_of(request), today(request)
    return blacklist_cautions(id_number=id_number, phone=phone, user=user, on=day, others=others)


def cautions_about(resident: Resident, day: date, own: int | None = None) -> list[Caution]:
    """What to know of somebody before they move in: tags that mean a risk, and what they hold besides.

    Args:
        day: the local day from which on it counts what they hold.
        own: the id of the reservation at hand.
    """
    risks = ResidentTag.objects.filter(resident=resident, tag__tone=TagTone.RISK).values_list("tag__name", flat=True)
    cautions = [
        Caution(_("%(name)s is marked “%(tag)s”.") % {"name": resident.name, "tag": tag}, kind="bad") for tag in risks
    ]
    held = standing_tenures().filter(Q(end=None) | Q(end__gte=day), resident=resident)
    if own is not None:
        held = held.exclude(pk=own)
    return cautions + [
        Caution(
            _("%(name)s also holds %(unit)s.") % {"name": resident.name, "unit": one.unit.label},
            url=_lease(one),
            link=_("Open"),
            kind="info",
        )
        for one in held.select_related("unit").order_by("start")[:2]
    ]


def money_panel(request: HttpRequest, step: CheckInStep, typed: Mapping[str, Any], check_in: CheckIn) -> Consequences:
    """The first bill as the step stands: the whole check-in is done and taken back."""
    title = _("What is billed first")
    try:
        with rehearsal():
            made = tried(request, check_in, {step: typed})
    except Refused as refusal:
        incomplete = refusal.code == "incomplete" and refusal.field == step
        if incomplete:
            return Consequences(title, text=_("Enter the rent: the first bill stands here."))
        return Consequences(title, cautions=[Caution(str(refusal), kind="bad")])
    except OperationalError:
        busy = _("Somebody is writing to this property right now; change anything to look again.")
        return Consequences(title, cautions=[Caution(busy, kind="info")])
    return money_of(made, cautions=_cycles(check_in, typed, step), text=_steps(check_in, typed, step))


def tried(request: HttpRequest, check_in: CheckIn, typed: Mapping[CheckInStep, Mapping[str, Any]]) -> MovedIn:
    """What a check-in would come to with steps as they are typed; to be asked within a `rehearsal`.

    Raises:
        Refused: as `check_in_preview`.
    """
    by, at = user_of(request), timezone.now()
    for step, facts in typed.items():
        check_in = check_in_keep(check_in=check_in, step=step, facts=facts, by=by, at=at)
    if CheckInStep.BILLED not in facts_of(check_in):
        check_in = check_in_keep(check_in=check_in, step=CheckInStep.BILLED, facts=ticked(check_in), by=by, at=at)
    return check_in_preview(check_in=check_in, by=by, at=at)


def offered(check_in: CheckIn) -> list[Offered]:
    """The tariffs of the property, ticked as far as the category and the way of paying are known."""
    facts = facts_of(check_in)
    category = facts.get(CheckInStep.ROOM, {}).get("category") or Category.LONG_TERM
    return tariffs_offered(unit=check_in.unit, category=category, pay_months=_months(facts.get(CheckInStep.TERMS, {})))


def _months(terms: Mapping[str, Any]) -> int:
    """How many months are paid at once, as far as that is a number."""
    typed = str(terms.get("pay_months") or "1")
    return int(typed) if typed.isdecimal() and len(typed) < 3 else 1


def ticked(check_in: CheckIn) -> dict[str, Any]:
    """The tariffs that are ticked before anybody chose."""
    return {"tariffs": [str(one.tariff.pk) for one in offered(check_in) if one.ticked]}


def money_of(made: MovedIn, *, cautions: list[Caution] | None = None, text: str = "") -> Consequences:
    """What is to be paid as a stay begins, line by line."""
    money = made.money
    lines = [Line(_("Deposit"), money.deposit)] if money.deposit else []
    lines += [
        Line(one.tariff.name, one.amount, _("%(start)s – %(end)s, due %(due)s") % _days(one)) for one in money.charges
    ]
    lines += [_later(row.tariff.name, found) for row, found in money.later if row.start == made.tenure.start]
    if not lines:
        text = _("Nothing is billed yet: choose what is billed.")
    return Consequences(
        _("What is billed first"), lines, money.total if lines else None, cautions=cautions or [], text=text
    )


def _days(charge: Any) -> dict[str, Any]:
    return {"start": charge.start, "end": charge.end, "due": f"{charge.due_date:%m-%d}"}


def _later(name: str, found: Any) -> Line:
    if found is None:
        return Line(name, _("by readings"))
    days = f"{found.start} – {found.end}"
    if isinstance(found.price, Priced):
        return Line(
            name,
            _("on %(day)s: %(amount)s") % {"day": found.bill_date, "amount": amount_text(found.price.amount)},
            days,
        )
    return Line(name, Cause(found.price.cause.value).label, days, kind="warn")


def _cycles(check_in: CheckIn, typed: Mapping[str, Any], step: CheckInStep) -> list[Caution]:
    """The tariff decides how many months are billed at once; where none does as was agreed, it is said."""
    months = _months(typed if step == CheckInStep.TERMS else facts_of(check_in).get(CheckInStep.TERMS, {}))
    rents = [one.tariff for one in offered(check_in) if one.tariff.fee_item.category == FeeCategory.RENT]
    if step == CheckInStep.BILLED:
        chosen = set(typed.get("tariffs", ()))
        rents = [one for one in rents if str(one.pk) in chosen]
    if not rents or any(one.cycle_months == months for one in rents):
        return []
    names = _(", ").join(f"“{one.name}” ({one.cycle_months})" for one in rents[:3])
    return [
        Caution(
            _("Agreed is to pay %(months)s months at once. The rent tariff decides how many are billed: %(names)s.")
            % {"months": months, "names": names}
        )
    ]


def _steps(check_in: CheckIn, typed: Mapping[str, Any], step: CheckInStep) -> str:
    """From when on the rent is another."""
    given = typed if step == CheckInStep.TERMS else facts_of(check_in).get(CheckInStep.TERMS, {})
    days, (person, others) = days_of(check_in), people_of(check_in)
    found = list(rent_steps(terms_of_stay(given, days, heads(person, len(others))), days))
    if not found and given.get("step_months") and given.get("step_by"):
        return _("The stay ends before the rent changes for the first time.")
    words = [
        _("from %(day)s on %(rent)s") % {"day": day, "rent": amount_text(rent, symbol=True)}
        for day, rent in found[:STEPS_SHOWN]
    ]
    more = " …" if len(found) > STEPS_SHOWN else ""
    return _("Rent %(steps)s") % {"steps": _(", ").join(words) + more} if words else ""


def _lease(tenure: Tenure) -> str:
    return reverse("console:leases-detail", args=[tenure.pk])
