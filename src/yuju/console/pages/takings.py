"""The takings (收款日报) of a day by channel and cashier, with the payments behind each number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.console.desk_place import VIEW, number_of, scope_of
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.kit.console import console_site
from yuju.payments.choices import DESK_CHANNELS, PaymentChannel
from yuju.payments.models import Payment
from yuju.reporting.takings import Money, day_payments, payments_to_read, refunds_on, takings

PER_PAGE = 50


@dataclass(frozen=True)
class Cell:
    """A number of the table and the address of the payments behind it."""

    sums: Money
    query: str
    active: bool


@console_site.page(
    "takings", title=gettext_lazy("Takings"), icon="report-money", group=GROUP_FEES, order=227, permission=VIEW
)
@require_GET
def takings_page(request: HttpRequest) -> HttpResponseBase:
    """One day. `day`, `cashier` and `channel` of the address choose; what makes no sense is passed over."""
    now = today(request)
    day = _day(request.GET.get("day", ""), now)
    scope = scope_of(request, VIEW)
    found = takings(scope, day)
    cashier = number_of(request.GET.get("cashier", ""))
    channel = request.GET.get("channel", "")
    channel = channel if channel in DESK_CHANNELS else ""
    names = {one.cashier_id: one.name for one in found.cashiers}
    cashier = cashier if cashier in names else None

    def cell(sums: Money, who: int | None, how: str) -> Cell:
        given = {"day": str(day), **({"cashier": str(who)} if who else {}), **({"channel": how} if how else {})}
        return Cell(sums, f"?{urlencode(given)}#rows", (who, how) == (cashier, channel))

    rows = payments_to_read(day_payments(scope, day))
    if cashier is not None:
        rows = rows.filter(posted_by=cashier)
    if channel:
        rows = rows.filter(channel=channel)
    chosen = [names[cashier]] if cashier is not None else []
    chosen += [str(PaymentChannel(channel).label)] if channel else []
    page = Paginator(rows.order_by("-posted_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    refunds = refunds_on(scope, day)
    payments = console_site.console_for(Payment)
    context: dict[str, Any] = {
        "day": day,
        "today": now,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < now else None,
        "channels": [one.label for one in DESK_CHANNELS],
        "lines": [
            (
                one.name or "—",
                [cell(one.by_channel[how], one.cashier_id, how) for how in DESK_CHANNELS],
                cell(one.total, one.cashier_id, ""),
            )
            for one in found.cashiers
        ],
        "totals": [cell(found.of(how), None, how) for how in DESK_CHANNELS],
        "total": cell(found.total, None, ""),
        "chosen": " · ".join(chosen),
        "page": page,
        "rows": [(one, payments.detail_url(one) if payments is not None else "") for one in page],
        "query": urlencode({"day": str(day), "cashier": str(cashier or ""), "channel": channel}),
        "refunds": refunds,
        "paid_out": sum(one.amount for one in refunds),
        "across": getattr(request, "property", None) is None and len(scope) > 1,
    }
    return render(request, "console/cashier/takings.html", context)


def _day(text: str, now: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return now
    return day if date(2000, 1, 1) <= day <= now else now
