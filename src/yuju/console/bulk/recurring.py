"""Bulk actions on recurring charges: ending them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.billing.models import RecurringCharge
from yuju.billing.services.recurring_many import (
    ending_refusals,
    last_billed,
    recurring_charges_end,
    recurring_charges_reopen,
)
from yuju.console.days import DayField
from yuju.kit.console import Ask, BulkAction, ConsoleForm, LeftOut


class EndForm(ConsoleForm):
    """On which day."""

    end = DayField(label=gettext_lazy("Last day"))


class End(BulkAction):
    """Ends recurring charges on a day. The end of their leases is looked at too: where that has moved since, taking back would
    reach beyond it."""

    name = "end"
    label = gettext_lazy("End on a day")
    icon = "calendar-x"
    hint = gettext_lazy("The day itself is still billed. What was billed before stays as it is.")
    form_class = EndForm

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(why, condition) for why, condition in ending_refusals(ask.values["end"])]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"day": ask.values["end"], "count": f"{count:,}"}
        return (
            ngettext("%(count)s recurring charge ends on %(day)s", "%(count)s recurring charges end on %(day)s", count)
            % words
        )

    def consequences(self, ask: Ask, rows: QuerySet[RecurringCharge]) -> Sequence[tuple[Any, Any]]:
        amount, number = last_billed(rows)
        words = {"amount": f"¥{amount:,.2f}", "count": f"{number:,}"}
        return [
            (
                _("Not billed any more, by their last charges"),
                ngettext("%(amount)s of %(count)s that was billed", "%(amount)s of %(count)s that were billed", number)
                % words,
            )
        ]

    def snapshot(self, ask: Ask) -> Any:
        return JSONObject(end=F("end"), lease_end=F("account__tenure__end"))

    def apply(self, ask: Ask, rows: QuerySet[RecurringCharge], *, by: Any, at: datetime) -> None:
        recurring_charges_end(charges=rows, end=ask.values["end"])

    def restore(
        self, ask: Ask, rows: QuerySet[RecurringCharge], before: dict[str, Any], *, by: Any, at: datetime
    ) -> None:
        end = before["end"]
        recurring_charges_reopen(charges=rows, end=None if end is None else date.fromisoformat(end))


RECURRING_ACTIONS = (End(),)
