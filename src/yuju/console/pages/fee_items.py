"""Fee items (收费项目): what charges are for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from yuju.billing.models import FeeItem, Tariff
from yuju.billing.services import fee_items
from yuju.console.form_panels.charges import fee_item_panel
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.kit.console import (
    Card,
    Column,
    Consequences,
    ConsoleModelForm,
    Fieldset,
    ModelConsole,
    NumberColumn,
    StateColumn,
    console_site,
)

VIEW, EDIT = "tariffs.view", "tariffs.edit"


class FeeItemForm(ConsoleModelForm):
    """A fee item; its tax rate in percent."""

    tax_rate = forms.DecimalField(
        label=gettext_lazy("Tax rate (%)"), min_value=0, max_value=100, decimal_places=2, initial=0
    )

    class Meta:
        model = FeeItem
        fields = ("name", "category", "tax_rate", "revenue_account", "priority")

    def clean_tax_rate(self) -> Decimal:
        return Decimal(self.cleaned_data["tax_rate"]) / 100


@console_site.register
class FeeItemConsole(ModelConsole[FeeItem]):
    """Fee items; they belong to the operator as a whole."""

    model = FeeItem
    slug = "fee-items"
    title = gettext_lazy("Fee items")
    title_one = gettext_lazy("Fee item")
    icon = "category"
    group, order = GROUP_FEES, 270
    view_permission, edit_permission = VIEW, EDIT
    property_path = None
    ordering = ("priority",)
    search_fields = ("name", "revenue_account")
    found_anywhere = True
    search_hint = gettext_lazy("Name, revenue account")
    empty_text = gettext_lazy("Fee items say what charges are for: rent, water, parking.")
    columns = (
        Column("name", gettext_lazy("Fee item"), sort="name", link=True, sm=1),
        StateColumn("category", gettext_lazy("Category"), sort="category", sm=2),
        Column("tax_rate", gettext_lazy("Tax rate"), value=lambda item: f"{item.tax_rate * 100:.2f}%"),
        Column("revenue_account", gettext_lazy("Revenue account"), sort="revenue_account", sm=4),
        NumberColumn("priority", gettext_lazy("Allocation order"), sort="priority"),
        NumberColumn("tariff_count", gettext_lazy("Tariffs")),
    )
    cards = (Card(gettext_lazy("Fee item"), columns[1:]),)
    form_class = FeeItemForm
    fieldsets = (
        Fieldset(gettext_lazy("Fee item"), ("name", "category")),
        Fieldset(
            gettext_lazy("Books"),
            ("tax_rate", "revenue_account", "priority"),
            gettext_lazy("Of charges due on one day, the one with the lower allocation order is paid first."),
        ),
    )

    def with_related(self, rows: QuerySet[FeeItem]) -> QuerySet[FeeItem]:
        counted = Tariff.objects.filter(fee_item=OuterRef("pk")).order_by().values("fee_item")
        return rows.annotate(tariff_count=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0))

    def may_create(self, request: HttpRequest) -> bool:
        return super().may_create(request) and self.scope(request, EDIT) is None

    def may_edit(self, request: HttpRequest, row: FeeItem) -> bool:
        return super().may_edit(request, row) and self.scope(request, EDIT) is None

    def initial(self, request: HttpRequest, row: FeeItem | None) -> dict[str, Any]:
        given = super().initial(request, row)
        return given if row is None else {**given, "tax_rate": (row.tax_rate * 100).normalize() + 0}

    def consequences(self, request: HttpRequest, form: Any, row: FeeItem | None) -> Consequences | None:
        return fee_item_panel(row)

    def save(self, request: HttpRequest, form: Any, row: FeeItem | None) -> FeeItem:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return fee_items.fee_item_create(**given) if row is None else fee_items.fee_item_change(item=row, **given)
