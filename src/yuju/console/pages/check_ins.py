"""Check-ins (入住办理): those under way, what became of the others, and what is done with one besides its steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yuju.billing.models import BillingAccount
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.contracts import contracts_card
from yuju.console.pages.premises import building_options, user_of
from yuju.console.pages.residents import local_today
from yuju.journeys.move_in import move_in
from yuju.journeys.reserving import check_in_drop, reservation_cancel, stay_reserve
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    DateColumn,
    DetailPage,
    ModelConsole,
    MomentColumn,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.templatetags.ui import tag
from yuju.kit.toasts import toast_add
from yuju.payments.selectors import account_standing
from yuju.residency.choices import CheckInState, TenureState
from yuju.residency.models import CheckIn, Tenure
from yuju.workforce.models import Task

VIEW, EDIT = "leases.view", "leases.edit"
OPEN = Q(state=CheckInState.OPEN)
HOLDS = {
    "24": pgettext_lazy("how long", "24 hours"),
    "72": pgettext_lazy("how long", "3 days"),
    "168": pgettext_lazy("how long", "7 days"),
}
"""For how many hours a room may be held."""


def step_url(check_in: CheckIn, step: str = "") -> str:
    """Where a check-in is gone on with: at the furthest step that was reached."""
    return reverse(f"console:check-in-{step or check_in.step}", args=[check_in.pk])


def state_tag(check_in: CheckIn) -> tuple[str, str]:
    """Where a check-in stands: the colour and the words."""
    if check_in.state == CheckInState.DONE:
        return "ok", str(CheckInState.DONE.label)
    if check_in.state == CheckInState.DROPPED:
        return "", str(CheckInState.DROPPED.label)
    return ("vio", _("Room held")) if check_in.held_until is not None else ("info", str(CheckInState.OPEN.label))


class StandColumn(Column):
    """Where a check-in stands, as a tag."""

    def get(self, row: Any) -> Any:
        return state_tag(row)[1]

    def show(self, value: Any, row: Any, context: Any) -> Any:

        tone, words = state_tag(row)
        return tag(words, tone, dot=True)


@console_site.register
class CheckInConsole(ModelConsole[CheckIn]):
    """Check-ins; one under way is gone on with by anybody of the desk."""

    model = CheckIn
    slug = "check-ins"
    title = gettext_lazy("Check-ins")
    title_one = gettext_lazy("Check-in")
    icon = "key"
    group, order = GROUP_TENANCY, 25
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("-touched_at",)
    search_fields = ("name", "unit__label", "tenure__number")
    search_hint = gettext_lazy("Name, unit, contract number")
    has_history = False
    empty_text = gettext_lazy("Check somebody in step by step. What is not finished stays here, and anybody can go on.")
    detail_template = "console/check_in/check_in.html"
    tabs = (
        Tab("open", gettext_lazy("Under way"), OPEN),
        Tab("held", gettext_lazy("Room held"), OPEN & Q(held_until__isnull=False)),
        Tab("done", gettext_lazy("Done"), Q(state=CheckInState.DONE)),
        Tab("dropped", gettext_lazy("Dropped"), Q(state=CheckInState.DROPPED)),
    )
    columns = (
        Column("unit", gettext_lazy("Unit"), sort="unit__sort_key", link=True, sm=1),
        Column("name", pgettext_lazy("of a person", "Name"), sm=2),
        StandColumn("state", gettext_lazy("State"), sm=3),
        StateColumn("step", gettext_lazy("Step"), hidden=True),
        Column("property", gettext_lazy("Property"), across=True),
        DateColumn("start", gettext_lazy("Start"), sort="start", sm=4),
        DateColumn("end", gettext_lazy("End")),
        MomentColumn("held_until", gettext_lazy("Held until")),
        Column("at_it", gettext_lazy("Last at it"), sm=5),
        MomentColumn("touched_at", gettext_lazy("Last touched"), sort="touched_at"),
    )
    filters = (ChoiceFilter("building", gettext_lazy("Building"), building_options, lookup="unit__building_id"),)

    def with_related(self, rows: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        return rows.select_related("unit__building", "property", "at_it").defer("facts")

    def may_create(self, request: HttpRequest) -> bool:
        return self.may(request, EDIT)

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        days = f" · {row.start} – {row.end}" if row.start is not None else ""
        return DetailPage(
            heading=f"{row.unit.label} {row.name}".strip(),
            tags=[state_tag(row)],
            subtitle=f"{row.property}{days}",
        )

    def detail_actions(self, request: HttpRequest, row: Any) -> list[Action]:
        if row.state != CheckInState.OPEN or not self.may(request, EDIT, row):
            return []
        return [Action(_("Go on"), step_url(row), icon="player-play", primary=True)]

    def detail_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        user, edits = user_of(request), self.may(request, EDIT, row)
        context: dict[str, Any] = {
            "edits": edits,
            "holds": HOLDS.items() if row.state == CheckInState.OPEN and edits and row.name else (),
            "today": local_today(row),
        }
        if row.state == CheckInState.DONE and row.tenure is not None:
            account = BillingAccount.objects.filter(tenure=row.tenure).first()
            seen = account is not None and user.may("bills.view", row.property_id)
            context |= {
                "tenure": row.tenure,
                "may_move_in": edits and may_move_in(row.tenure, local_today(row)),
                "open": account_standing(account).open if seen and account is not None else None,
                "take_url": f"{reverse('console:cashier')}?account={account.pk}&all=yes"
                if account is not None and user.may("payments.take", row.property_id)
                else "",
                "contracts": contracts_card(request, row.tenure),
                "handover": Task.objects.filter(source="check_in", source_key=str(row.tenure_id)).first()
                if user.may("tasks.view", row.property_id)
                else None,
            }
        return context


def may_move_in(tenure: Tenure, day: Any) -> bool:
    """Whether somebody who signed can move in on a day."""
    return tenure.state == TenureState.SIGNED and tenure.start <= day and (tenure.end is None or day <= tenure.end)


def check_in_of(request: HttpRequest, pk: int) -> CheckIn:
    """A check-in the user may go on with.

    Raises:
        Http404: there is none for this user.
    """
    rows = CheckIn.objects.visible_to(user_of(request), EDIT)
    found: CheckIn = get_object_or_404(
        rows.select_related("unit__building", "unit__property", "property", "at_it", "tenure", "resident"), pk=pk
    )
    return found


def _done(request: HttpRequest, act: Callable[[], Any], said: str, back: str) -> HttpResponseBase:
    try:
        act()
        toast_add(request, said)
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(back)


@console_site.page("check-in-hold", title="", permission=EDIT, route="check-ins/<int:pk>/hold", in_navigation=False)
@require_POST
def hold_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Holds the room for some hours, from now."""
    check_in, at = check_in_of(request, pk), timezone.now()
    hours = request.POST.get("hours", "")
    until = at + timedelta(hours=int(hours if hours in HOLDS else "24"))
    return _done(
        request,
        lambda: stay_reserve(check_in=check_in, until=until, by=user_of(request), at=at),
        _("The room is held"),
        _page_of(check_in),
    )


@console_site.page(
    "check-in-release", title="", permission=EDIT, route="check-ins/<int:pk>/release", in_navigation=False
)
@require_POST
def release_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives the room that was held back."""
    check_in = check_in_of(request, pk)
    return _done(
        request,
        lambda: reservation_cancel(check_in=check_in, by=user_of(request), at=timezone.now()),
        _("The reservation is cancelled"),
        _page_of(check_in),
    )


@console_site.page("check-in-drop", title="", permission=EDIT, route="check-ins/<int:pk>/drop", in_navigation=False)
@require_POST
def drop_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ends a check-in that comes to nothing."""
    check_in = check_in_of(request, pk)
    return _done(
        request,
        lambda: check_in_drop(check_in=check_in, by=user_of(request), at=timezone.now()),
        _("The check-in is dropped"),
        _page_of(check_in),
    )


@console_site.page("lease-move-in", title="", permission=EDIT, route="leases/<int:pk>/move-in", in_navigation=False)
@require_POST
def move_in_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Notes that somebody who signed moves in today."""
    rows = Tenure.objects.visible_to(user_of(request), EDIT).select_related("property")
    tenure: Tenure = get_object_or_404(rows, pk=pk)
    return _done(
        request,
        lambda: move_in(tenure=tenure, on=local_today(tenure), by=user_of(request), at=timezone.now()),
        _("Moved in"),
        reverse("console:leases-detail", args=[pk]),
    )


def _page_of(check_in: CheckIn) -> str:
    return reverse("console:check-ins-detail", args=[check_in.pk])
