"""Changing a running stay: each change a form, with what it does to money beside it until it is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console import lease_forms as forms
from yuju.console.changing import Act, Effect, effect_done, effect_tried
from yuju.console.check_out import check_out_url
from yuju.console.form_panels.blacklist import blacklist_cautions
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.identity.models import User
from yuju.journeys.early_end import LeavesEarly, early_end_notice
from yuju.journeys.following import Followed
from yuju.journeys.lease_changes import Changed, free_span_add, rent_agree, stay_extend
from yuju.journeys.occupants import occupant_join, occupant_leave
from yuju.journeys.renewals import renewal
from yuju.journeys.stay_moves import room_change, tenant_change
from yuju.kit.console import Caution, Fieldset, console_site
from yuju.kit.console.forms import bound_fieldsets
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.residency.abandoned import abandonment_now
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Abandonment, Occupant, Tenure
from yuju.residency.selectors import can_be_followed, can_be_taken_over

EDIT = "leases.edit"
Given = dict[str, Any]
Story = Callable[[Tenure, Any, Given], Followed | Changed]


@dataclass(frozen=True)
class Change:
    """One way in which a stay can change.

    Attributes:
        story: does it, by the lease, the checked form, and who and when.
        offered: the condition of a lease for which it is offered.
        leads: where confirming it leads; to the page of the lease that is there then, where nothing is said.
    """

    name: str
    label: Any
    icon: str
    form: type[forms.ChangeForm]
    fieldsets: tuple[Fieldset, ...]
    story: Story
    offered: Callable[[Tenure], bool]
    leads: Callable[[int], str] | None = None

    @property
    def ends_or_follows(self) -> bool:
        """Whether it ends the lease or puts another one in its place: what nobody does while a room seems abandoned."""
        return self.offered in (can_be_followed, can_be_taken_over)


def _agreed(tenure: Tenure) -> bool:
    return tenure.kind == TenureKind.LEASE and tenure.state not in (TenureState.ENDED, TenureState.CANCELLED)


def _standing(tenure: Tenure) -> bool:
    return tenure.state not in (TenureState.ENDED, TenureState.CANCELLED)


def _accompanied(tenure: Tenure) -> bool:
    return _standing(tenure) and Occupant.objects.filter(tenure=tenure, until=None).exists()


def _renew(tenure: Tenure, form: forms.RenewForm, who: Given) -> Followed:
    taken = {name: form.cleaned_data[name] for name in ("end", "rent", "deposit", "number", "key")}
    return renewal(tenure=tenure, steps=form.steps, readings=form.readings, **taken, **who)


def _room(tenure: Tenure, form: forms.RoomForm, who: Given) -> Followed:
    names = ("unit", "on", "rent", "deposit", "reason", "number", "key")
    taken = {name: form.cleaned_data[name] for name in names}
    return room_change(tenure=tenure, readings=form.readings, **taken, **who)


def _tenant(tenure: Tenure, form: forms.TenantForm, who: Given) -> Followed:
    taken = {name: form.cleaned_data[name] for name in ("resident", "on", "reason", "number", "key")}
    moves = form.cleaned_data["deposit_moves"] == "yes"
    return tenant_change(tenure=tenure, deposit_moves=moves, readings=form.readings, **taken, **who)


def _with_all(story: Callable[..., Changed], name: str = "tenure") -> Story:
    """A story that takes just what its form asks."""

    def act(tenure: Tenure, form: forms.ChangeForm, who: Given) -> Changed:
        values = {key: value for key, value in form.cleaned_data.items() if key != "key"}
        return story(**({"tenure": tenure} if name == "tenure" else {}), **values, **who)

    return act


TERM = Fieldset(gettext_lazy("Term and rent"), ("end", "rent", "step_months", "step_percent"))
MONEY = Fieldset(gettext_lazy("Deposit and paper"), ("deposit", "number"))

CHANGES = {
    one.name: one
    for one in (
        Change("renew", gettext_lazy("Renew"), "refresh", forms.RenewForm, (TERM, MONEY), _renew, can_be_followed),
        Change(
            "extend",
            gettext_lazy("Extend by days"),
            icon="calendar-plus",
            form=forms.ExtendForm,
            fieldsets=(Fieldset(gettext_lazy("Extension"), ("days", "reason")),),
            story=_with_all(stay_extend),
            offered=_agreed,
        ),
        Change(
            "room",
            gettext_lazy("Change of room"),
            icon="door",
            form=forms.RoomForm,
            fieldsets=(Fieldset(gettext_lazy("Terms of the new room"), ("rent", "deposit", "number", "reason")),),
            story=_room,
            offered=can_be_taken_over,
        ),
        Change(
            "tenant",
            gettext_lazy("Change of tenant"),
            icon="user-share",
            form=forms.TenantForm,
            fieldsets=(Fieldset(gettext_lazy("New tenant"), ("resident", "on", "deposit_moves", "number", "reason")),),
            story=_tenant,
            offered=can_be_taken_over,
        ),
        Change(
            "early-end",
            gettext_lazy("Leave early"),
            icon="door-exit",
            form=forms.EarlyEndForm,
            fieldsets=(Fieldset(gettext_lazy("Notice"), ("last_day", "reason")),),
            story=_with_all(early_end_notice),
            offered=can_be_taken_over,
            leads=check_out_url,
        ),
        Change(
            "rent",
            gettext_lazy("Change the rent"),
            icon="cash",
            form=forms.RentForm,
            fieldsets=(Fieldset(gettext_lazy("Rent"), ("rent", "valid_from", "reason")),),
            story=_with_all(rent_agree),
            offered=_agreed,
        ),
        Change(
            "free",
            gettext_lazy("Free days"),
            icon="calendar-off",
            form=forms.FreeForm,
            fieldsets=(
                Fieldset(
                    gettext_lazy("Free days"), ("items", "start", "end", "reason"), gettext_lazy("Both days count.")
                ),
            ),
            story=_with_all(free_span_add),
            offered=_agreed,
        ),
        Change(
            "occupant-in",
            gettext_lazy("Somebody moves in"),
            icon="user-plus",
            form=forms.OccupantInForm,
            fieldsets=(
                Fieldset(gettext_lazy("Who lives there"), ("name", "relation", "phone")),
                Fieldset(
                    gettext_lazy("Document"),
                    ("id_type", "id_number", "nationality"),
                    gettext_lazy("Stored encrypted and shown covered; who looks at it is written down."),
                ),
                Fieldset(gettext_lazy("From when"), ("since", "occupants")),
            ),
            story=_with_all(occupant_join),
            offered=_standing,
        ),
        Change(
            "occupant-out",
            gettext_lazy("Somebody moves out"),
            icon="user-minus",
            form=forms.OccupantOutForm,
            fieldsets=(Fieldset(gettext_lazy("Who lives there"), ("occupant", "on", "occupants")),),
            story=_with_all(occupant_leave, "occupant"),
            offered=_accompanied,
        ),
    )
}


def changes_of(tenure: Tenure) -> list[tuple[Change, str]]:
    """What can be changed about a stay as it stands, with where."""
    return [(one, change_url(tenure, one.name)) for one in CHANGES.values() if one.offered(tenure)]


def change_url(tenure: Tenure, name: str) -> str:
    """The page of one change."""
    return reverse("console:lease-change", args=[tenure.pk, name])


@console_site.page(
    "lease-change", title="", permission=EDIT, route="leases/<int:pk>/change/<slug:name>/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def change_page(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """The form of a change; confirmed, it is done as it was shown."""
    tenure, change = _asked(request, pk, name)
    if name == "room" and (chosen := _room_chosen(request, tenure)) is not None:
        return chosen
    form = _form(request, tenure, change, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = effect_done(_act(request, tenure, change, form), tenure, request.POST.get("_shown", ""))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast_add(request, _done_words(made, change))
            after = made.after if isinstance(made, Followed) else tenure
            if change.leads is not None:
                return redirect(change.leads(tenure.pk))
            return redirect("console:leases-detail", after.pk)
    effect = _effect(request, tenure, change, form)
    context = {
        "form": form,
        "faults": [field for field in form if field.errors],
        "groups": bound_fieldsets(form, _fieldsets(change, form)),
        "change": change,
        "tenure": tenure,
        "effect": effect,
        "form_url": f"{change_url(tenure, name)}?{request.GET.urlencode()}".removesuffix("?"),
        "panel_url": f"{change_url(tenure, name)}panel?{request.GET.urlencode()}".removesuffix("?"),
        "back_url": reverse("console:leases-detail", args=[tenure.pk]),
        "list_url": reverse("console:leases-list"),
        "blacklist_cautions": _blacklisted(request, form),
        "case": _case(tenure, change),
        "sub": _sub(tenure, form),
    }
    status = 422 if form.errors and request.method == "POST" else 200
    return render(request, "console/residency/change.html", context, status=status)


@console_site.page(
    "lease-change-panel",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/change/<slug:name>/panel",
    in_navigation=False,
)
@require_POST
def change_panel_page(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """What the change would do, as far as the form is filled in; nothing is written."""
    tenure, change = _asked(request, pk, name)
    if name == "room" and _room_chosen(request, tenure) is not None:
        raise Http404
    form = _form(request, tenure, change, request.POST)
    effect = _effect(request, tenure, change, form)
    context = {"effect": effect, "blacklist_cautions": _blacklisted(request, form)}
    return render(request, "console/residency/change_panel.html", context)


def _asked(request: HttpRequest, pk: int, name: str) -> tuple[Tenure, Change]:
    rows = Tenure.objects.visible_to(user_of(request), EDIT).select_related("unit", "resident", "property")
    tenure: Tenure = get_object_or_404(rows, pk=pk)
    change = CHANGES.get(name)
    if change is None:
        raise Http404
    if not change.offered(tenure) and request.method == "GET":
        raise Http404
    return tenure, change


def _room_chosen(request: HttpRequest, tenure: Tenure) -> HttpResponseBase | None:
    """The page that asks for the unit and the day; None where the address says both."""
    sent = request.GET if "unit" in request.GET or "unit_typed" in request.GET else None
    form = forms.RoomChoiceForm(sent, request=request, initial={"tenure": tenure})
    if sent is not None and form.is_valid():
        request.room_chosen = form.cleaned_data  # type: ignore[attr-defined]
        return None
    context = {
        "form": form,
        "heading": CHANGES["room"].label,
        "tenure": tenure,
        "back_url": reverse("console:leases-detail", args=[tenure.pk]),
        "crumbs": [
            (_("Leases"), reverse("console:leases-list")),
            (tenure.number, reverse("console:leases-detail", args=[tenure.pk])),
            (CHANGES["room"].label, ""),
        ],
        "sub": _sub(tenure, None),
        "case": _case(tenure, CHANGES["room"]),
    }
    return render(request, "console/residency/change_room.html", context, status=422 if form.errors else 200)


def _case(tenure: Tenure, change: Change) -> Abandonment | None:
    """The case of an abandoned room that has to be over before this change is made."""
    return abandonment_now(tenure) if change.ends_or_follows else None


def _form(request: HttpRequest, tenure: Tenure, change: Change, data: Any) -> forms.ChangeForm:
    initial: Given = {"tenure": tenure, **getattr(request, "room_chosen", {})}
    return change.form(data, request=request, initial=initial)


def _act(request: HttpRequest, tenure: Tenure, change: Change, form: forms.ChangeForm) -> Act:
    by: User = user_of(request)
    at: datetime = timezone.now()
    return lambda: change.story(Tenure.objects.get(pk=tenure.pk), form, {"by": by, "at": at})


def _effect(request: HttpRequest, tenure: Tenure, change: Change, form: forms.ChangeForm) -> Effect:
    """What the form would do; of one nobody touched yet, by the values it suggests."""
    # A form of its own: what a refusal added to the other one says nothing of what was typed.
    tried = _form(request, tenure, change, form.data if form.is_bound else _suggested(form))
    if not tried.is_valid():
        return Effect(text=_("Fill in the form: what it does to money stands here before you confirm."))
    return effect_tried(_act(request, tenure, change, tried), tenure)


def _blacklisted(request: HttpRequest, form: forms.ChangeForm) -> list[Caution]:
    """Warnings about whoever would move in by the change: chosen, or typed."""
    # Asked for its faults, a form knows what of it is right.
    given = form.cleaned_data if form.is_bound and form.errors is not None else {}
    who = given.get("resident")
    id_number, phone = (who.id_number, who.phone) if who is not None else (given.get("id_number"), given.get("phone"))
    return blacklist_cautions(
        id_number=id_number or "", phone=phone or "", user=user_of(request), on=local_today(form.tenure)
    )


def _suggested(form: forms.ChangeForm) -> dict[str, Any]:
    values = {name: form[name].value() for name in form.fields}
    return {
        name: value.pk if hasattr(value, "pk") else value
        for name, value in values.items()
        if value is not None and value != ""
    }


def _fieldsets(change: Change, form: forms.ChangeForm) -> list[Fieldset]:
    """The form's groups, the readings last."""
    names = form.reading_names
    return [*change.fieldsets, *([Fieldset(_("Meter readings"), names)] if names else [])]


def _sub(tenure: Tenure, form: forms.ChangeForm | None) -> str:
    words = (
        f"{tenure.number} · {tenure.unit.label} · {tenure.resident.name} · {tenure.start} – {tenure.end or _('open')}"
    )
    if isinstance(form, forms.RoomForm):
        unit: Any = form.initial["unit"]
        day: date = form.initial["on"]
        return words + " → " + _("%(unit)s from %(day)s on") % {"unit": unit.label, "day": day}
    return words


def _done_words(made: Followed | Changed, change: Change) -> str:
    if isinstance(made, Followed):
        return _("%(change)s: %(number)s follows") % {"change": change.label, "number": made.after.number}
    if isinstance(made, LeavesEarly):
        return _("Leaving early is noted: the last day is %(day)s, and the inspection is a task") % {
            "day": made.last_day
        }
    return _("%(change)s: done") % {"change": change.label}
