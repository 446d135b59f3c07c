"""Shifts (班次) of the cashiers: opened with a float, handed over with a count, listed for those who check them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.desk_place import TAKE, VIEW, number_of, places, shifts_open
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.kit.console import (
    Card,
    Column,
    DateRangeFilter,
    DetailPage,
    Happening,
    ModelConsole,
    MomentColumn,
    Money,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.display import amount_text
from yuju.kit.errors import Refused
from yuju.kit.money import parse_money
from yuju.kit.toasts import toast_add
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Shift
from yuju.payments.services import cash_expected, shift_close, shift_open
from yuju.reporting.takings import shift_figures

OPEN, CLOSED = "open", "closed"
LARGEST = Decimal("9999999.99")


def _money(text: str, field: str) -> Decimal:
    if not text.strip():
        raise Refused(_("Enter the amount of cash, 0 where there is none."), field=field, code="amount")
    amount = parse_money(text.replace("\x00", "")[:60], field=field)
    if amount > LARGEST:
        raise Refused(_("The amount is too large for a cash drawer."), field=field, code="amount")
    return amount


@console_site.page("shift-open", title="", permission=TAKE, route="cashier/shift/open", in_navigation=False)
@require_POST
def open_page(request: HttpRequest) -> HttpResponseBase:
    """Opens the user's shift at a property, and leads back to what was on the desk."""
    wanted = number_of(request.POST.get("property", ""))
    place = next((one for one in places(request) if one.pk == wanted), None)
    if place is None:
        raise Http404
    account = number_of(request.POST.get("account", ""))
    company = number_of(request.POST.get("company", ""))
    whose = f"?account={account}" if account is not None else f"?company={company}" if company is not None else ""
    back = reverse("console:cashier") + whose
    try:
        opening = _money(request.POST.get("opening_float", ""), "opening_float")
        shift_open(property=place, cashier=user_of(request), opening_float=opening, at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(back)


@console_site.page("shift-close", title="", permission=TAKE, route="cashier/shift/<int:pk>/close", in_navigation=False)
@require_http_methods(["GET", "POST"])
def close_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The dialog of handing over: what should be there, what was counted, and why the two differ."""
    shift = next((one for one in shifts_open(request) if one.pk == pk), None)
    if shift is None:
        raise Http404
    context: dict[str, Any] = {"shift": shift, "figures": shift_figures(shift), "expected": cash_expected(shift)}
    if request.method == "POST":
        text, note = (request.POST.get(name, "").replace("\x00", "")[:200] for name in ("counted", "note"))
        try:
            counted = _money(text, "counted")
            closed = shift_close(shift=shift, counted=counted, by=user_of(request), at=timezone.now(), note=note)
        except Refused as refusal:
            context |= {"counted": text, "note": note, "error": str(refusal), "at_fault": refusal.field or ""}
            return render(request, "console/cashier/close.html", context, status=422)
        toast_add(request, _("The shift is closed."))
        shifts = console_site.consoles[ShiftConsole.slug]
        may = user_of(request).may(VIEW, closed.property_id)
        return HttpResponse(headers={"HX-Redirect": shifts.detail_url(closed) if may else reverse("console:cashier")})
    return render(request, "console/cashier/close.html", context)


def _state(row: Shift) -> str:
    return OPEN if row.closed_at is None else CLOSED


class ShiftState(StateColumn):
    """Open or closed, in words."""

    def text(self, value: Any, row: Any) -> str:
        return _("On duty") if value == OPEN else _("Handed over")


def _difference(row: Shift) -> Decimal | None:
    return None if row.counted is None or row.expected is None else row.counted - row.expected


def _lasted(row: Shift) -> str:
    if row.closed_at is None:
        return ""
    minutes = int((row.closed_at - row.opened_at) / timedelta(minutes=1))
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


@console_site.register
class ShiftConsole(ModelConsole[Shift]):
    """Every shift; nothing here is changed."""

    model = Shift
    slug = "shifts"
    title = gettext_lazy("Shifts")
    title_one = gettext_lazy("Shift")
    icon = "clipboard-check"
    group, order = GROUP_FEES, 228
    view_permission = VIEW
    ordering = ("-opened_at",)
    search_fields = ("cashier__name",)
    search_hint = pgettext_lazy("of a person", "Cashier")
    empty_text = gettext_lazy("A shift begins when a cashier counts the float and opens it at the desk.")
    detail_template = "console/cashier/shift.html"
    tabs = (
        Tab("all", gettext_lazy("All")),
        Tab("open", gettext_lazy("On duty"), Q(closed_at=None)),
        Tab("differing", gettext_lazy("Cash differs"), ~Q(counted=F("expected")) & Q(closed_at__isnull=False)),
    )
    columns = (
        Column("cashier.name", pgettext_lazy("of a person", "Cashier"), link=True, sort="cashier__name", sm=1),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        ShiftState("state", gettext_lazy("State"), value=_state, tones={OPEN: "info", CLOSED: "ok"}, sm=2),
        MomentColumn("opened_at", gettext_lazy("Opened at"), sort="opened_at", sm=4),
        MomentColumn("closed_at", gettext_lazy("Closed at"), sort="closed_at"),
        Money("opening_float", gettext_lazy("Float (yuan)")),
        Money("expected", gettext_lazy("Expected (yuan)")),
        Money("counted", gettext_lazy("Counted (yuan)"), sm=3),
        Money("difference", gettext_lazy("Difference (yuan)"), value=_difference, sm=5),
    )
    filters = (DateRangeFilter("day", gettext_lazy("Opened"), lookup="opened_at__date"),)
    cards = (
        Card(
            gettext_lazy("Shift"),
            (
                Column("cashier.name", pgettext_lazy("of a person", "Cashier")),
                Column("property", gettext_lazy("Property")),
                MomentColumn("opened_at", gettext_lazy("Opened at")),
                MomentColumn("closed_at", gettext_lazy("Closed at")),
                Column("lasted", gettext_lazy("Lasted"), value=_lasted),
                Column("closed_by.name", gettext_lazy("Closed by")),
            ),
        ),
        Card(
            gettext_lazy("Cash"),
            (
                Money("opening_float", gettext_lazy("Float (yuan)")),
                Money("expected", gettext_lazy("Expected (yuan)")),
                Money("counted", gettext_lazy("Counted (yuan)")),
                Money("difference", gettext_lazy("Difference (yuan)"), value=_difference),
                Column("note", gettext_lazy("Note")),
            ),
        ),
    )

    def with_related(self, rows: QuerySet[Shift]) -> QuerySet[Shift]:
        return rows.select_related("property", "cashier", "closed_by")

    def detail(self, request: HttpRequest, row: Shift) -> DetailPage:
        figures = shift_figures(row)
        count = figures.total.count
        words = ngettext("%(count)d payment", "%(count)d payments", count) % {"count": count}
        return DetailPage(
            heading=row.cashier.name,
            tags=[("info", _("On duty")) if row.closed_at is None else ("ok", _("Handed over"))],
            subtitle=f"{words} · {amount_text(figures.total.amount, symbol=True)}",
        )

    def history_more(self, request: HttpRequest, row: Shift) -> list[Happening]:
        return [Happening(_("Shift opened"), row.opened_at, by=str(row.cashier), kind="brand")]

    def detail_context(self, request: HttpRequest, row: Shift) -> dict[str, Any]:
        figures = shift_figures(row)
        return {
            "figures": figures,
            "sums": [(PaymentChannel(channel).label, sums) for channel, sums in figures.by_channel.items()],
        }
