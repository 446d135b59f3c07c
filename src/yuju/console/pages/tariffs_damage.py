"""The price list for damages (赔偿价目): what is asked for things that are broken or lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from yuju.billing.models import Tariff
from yuju.billing.services.damage_prices import damage_price_add, damage_price_change, damage_prices
from yuju.console.days import DayField
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.console.pages.tariffs import EDIT, VIEW, version_now
from yuju.kit.console import Column, ConsoleForm, DateColumn, DetailPage, Fieldset, ModelConsole, Money, console_site
from yuju.premises.models import Property


class DamagePriceForm(ConsoleForm):
    """A thing with its price; its code stays, since handover templates name it."""

    property = forms.ModelChoiceField(Property.objects.none(), label=gettext_lazy("Property"))
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy(
            "Handover templates name it. Lost keys take the price of key-door, key-card, key-mailbox, key-remote or key-other."
        ),
    )
    name = forms.CharField(label=gettext_lazy("What is broken or lost"), max_length=60)
    rate = forms.DecimalField(label=gettext_lazy("Price of one (yuan)"), max_digits=12, decimal_places=2, min_value=0)
    valid_from = DayField(label=gettext_lazy("Price holds from"))

    def narrow_choices(self) -> None:
        self.initial.setdefault("valid_from", today(self.request))
        if self.initial.get("_exists"):
            del self.fields["property"], self.fields["code"]
            return
        offered = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        field.queryset = offered
        chosen: Property | None = getattr(self.request, "property", None)
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)
        if chosen is not None or offered.count() == 1:
            field.empty_label = None


def _price(row: Tariff) -> Any:
    version = version_now(row, timezone.localdate())
    return None if version is None or version.rate is None else version.rate.quantize(Decimal("0.01"))


def _since(row: Tariff) -> Any:
    version = version_now(row, timezone.localdate())
    return None if version is None else version.valid_from


@console_site.register
class DamagePriceConsole(ModelConsole[Tariff]):
    """The one-off tariffs that price damages."""

    model = Tariff
    slug = "damage-prices"
    title, title_one = gettext_lazy("Damage prices"), gettext_lazy("Damage price")
    icon = "hammer"
    group, order = GROUP_FEES, 262
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("property__code", "code")
    search_fields = ("code", "name")
    search_hint = gettext_lazy("Code, what is broken or lost")
    empty_text = gettext_lazy("A price list says what is asked for things that are broken or lost at check-out.")
    columns = (
        Column("name", gettext_lazy("What is broken or lost"), sort=("name",), link=True, sm=1),
        Column("code", gettext_lazy("Code"), sort="code", sm=2),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        Money("rate", gettext_lazy("Price of one (yuan)"), value=_price, sm=3),
        DateColumn("since", gettext_lazy("Price holds from"), value=_since, sm=5),
    )
    form_class = DamagePriceForm
    fieldsets = (
        Fieldset(gettext_lazy("Damage price"), ("property", "code", "name")),
        Fieldset(
            gettext_lazy("Price"),
            ("rate", "valid_from"),
            gettext_lazy(
                "A new price gets a new day; on the same day it corrects the old one. What was charged stays."
            ),
        ),
    )

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[Tariff]:
        return damage_prices(super().permitted(request, permission))

    def with_related(self, rows: QuerySet[Tariff]) -> QuerySet[Tariff]:
        return rows.select_related("property").prefetch_related("versions")

    def detail(self, request: HttpRequest, row: Tariff) -> DetailPage:
        return DetailPage(heading=row.name, subtitle=f"{row.code} · {row.property}")

    def initial(self, request: HttpRequest, row: Tariff | None) -> dict[str, Any]:
        if row is None:
            return super().initial(request, None)
        return {"_exists": True, "name": row.name, "rate": _price(row), "valid_from": _since(row)}

    def save(self, request: HttpRequest, form: Any, row: Tariff | None) -> Tariff:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return damage_price_add(**given) if row is None else damage_price_change(tariff=row, **given)
