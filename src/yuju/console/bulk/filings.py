"""Bulk actions on filings: noting that they were filed, or are not needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.journeys.filing import filings_drop, filings_file, filings_take_back
from yuju.kit.console import Ask, BulkAction, ConsoleForm, LeftOut
from yuju.residency.choices import FilingState
from yuju.residency.models import Filing


class FiledForm(ConsoleForm):
    """When they were filed, and under which number."""

    filed_on = DayField(label=gettext_lazy("Filed on"))
    number = forms.CharField(
        label=gettext_lazy("Filing number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("A receipt may be for a list of people; a lease has a number of its own."),
    )

    def narrow_choices(self) -> None:
        self.initial.setdefault("filed_on", today(self.request))


class MarkFiled(BulkAction):
    """Notes that filings were filed."""

    name = "filed"
    label = gettext_lazy("Mark as filed")
    icon = "file-check"
    permission = "leases.edit"
    form_class = FiledForm
    fields = ("state",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [
            LeftOut(_("Filed already"), Q(state=FilingState.DONE)),
            LeftOut(_("Is not filed before that day"), Q(counted_from__date__gt=ask.values["filed_on"])),
        ]

    def sentence(self, ask: Ask, count: int) -> str:
        words = ngettext("%(count)s filing was filed on %(day)s", "%(count)s filings were filed on %(day)s", count)
        return words % {"count": f"{count:,}", "day": ask.values["filed_on"]}

    def apply(self, ask: Ask, rows: QuerySet[Filing], *, by: Any, at: datetime) -> None:
        filings_file(filings=rows, filed_on=ask.values["filed_on"], number=ask.values["number"], by=by, at=at)

    def restore(self, ask: Ask, rows: QuerySet[Filing], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        filings_take_back(filings=rows, state=FilingState(before["state"]), by=by, at=at)


class NotNeededForm(ConsoleForm):
    """Why nothing has to be filed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Such as: household registered in this city."),
    )


class NotNeeded(BulkAction):
    """Notes that filings are not needed."""

    name = "not-needed"
    label = gettext_lazy("Not needed")
    icon = "circle-minus"
    permission = "leases.edit"
    form_class = NotNeededForm
    fields = ("state",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [
            LeftOut(_("Filed already"), Q(state=FilingState.DONE)),
            LeftOut(_("Not needed already"), Q(state=FilingState.NOT_NEEDED)),
        ]

    def sentence(self, ask: Ask, count: int) -> str:
        words = ngettext("%(count)s filing is not needed", "%(count)s filings are not needed", count)
        return words % {"count": f"{count:,}"}

    def apply(self, ask: Ask, rows: QuerySet[Filing], *, by: Any, at: datetime) -> None:
        filings_drop(filings=rows, reason=ask.values["reason"], by=by, at=at)

    def restore(self, ask: Ask, rows: QuerySet[Filing], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        filings_take_back(filings=rows, state=FilingState(before["state"]), by=by, at=at)


FILING_ACTIONS = (MarkFiled(), NotNeeded())
