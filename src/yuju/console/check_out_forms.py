"""The forms of a check-out, a step each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.billing.models import Tariff, TariffVersion
from yuju.billing.services.damage_prices import damage_prices
from yuju.console.days import DayField
from yuju.journeys.move_out import ClosingMeter, closing_meters
from yuju.journeys.settling import Extra
from yuju.kit.console import ConsoleForm
from yuju.kit.dates import local_date
from yuju.kit.display import amount_text, number_text
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.metering.models import Meter
from yuju.payments.choices import AgreedHow, ExtraKind, RefundChannel
from yuju.payments.models import Settlement
from yuju.residency.abandoned import abandonment_signed
from yuju.residency.choices import HandoverKind, PenaltyKind
from yuju.residency.deaths import death_of, heirs_of
from yuju.residency.models import Heir, Tenure
from yuju.residency.selectors import agreement_of, damages, handover_of

MOST_DAMAGES = 40
SHOWN_EMPTY, EMPTY_DAMAGES = 2, 12
"""So many free lines are shown, and so many are there to be added."""

AS_AGREED, ANOTHER, WAIVED = "contract", "another", "waived"


class NoticeForm(ConsoleForm):
    """When they leave and why, and until when somebody looks at the unit."""

    last_day = DayField(label=gettext_lazy("Last day of the stay"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)
    inspection_on = DayField(
        label=gettext_lazy("Inspection on"),
        required=False,
        help_text=gettext_lazy("As agreed with the resident. Left empty: on the last day."),
    )
    inspection_time = forms.TimeField(
        label=gettext_lazy("Inspection at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


class ReadingsForm(ConsoleForm):
    """The last day, what the meters show on it, and whether the contract's penalty is asked for."""

    last_day = DayField(label=gettext_lazy("Last day of the stay"))
    due = DayField(
        label=gettext_lazy("To pay until"),
        required=False,
        help_text=gettext_lazy("For what is charged now. Left empty: the last day."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    penalty = forms.ChoiceField(label=gettext_lazy("Penalty on early termination"), widget=forms.RadioSelect)
    penalty_amount = forms.DecimalField(
        label=gettext_lazy("Amount agreed (yuan)"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    penalty_words = forms.CharField(
        label=gettext_lazy("Why another amount, or none"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The resident reads this."),
    )

    def __init__(self, *args: Any, tenure: Tenure, **kwargs: Any) -> None:
        self.tenure = tenure
        self.meters: list[ClosingMeter] = []
        super().__init__(*args, **kwargs)

    def narrow_choices(self) -> None:
        penalty: Any = self.fields["penalty"]
        penalty.choices = [
            (AS_AGREED, _("As the contract says: %(penalty)s") % {"penalty": penalty_words(self.tenure)}),
            (ANOTHER, _("Another amount")),
            (WAIVED, _("Waived")),
        ]
        if abandonment_signed(self.tenure) is not None:
            penalty.help_text = _(
                "Who leaves without a word leaves early: what the contract asks for is asked for. Where another amount is right, "
                "or none, say why; the line shows it."
            )
        day = self._day()
        self.meters = closing_meters(self.tenure, day) if day is not None else []
        for one in self.meters:
            self.fields[f"reading_{one.meter.pk}"] = forms.DecimalField(
                label=f"{one.meter.get_kind_display()} {one.meter.serial}",
                max_digits=16,
                decimal_places=4,
                min_value=0,
                help_text=_meter_hint(one),
                required=False,
            )

    def _day(self) -> date | None:
        """The day the meters are asked for: as it is typed, or as it was known before."""
        day: date | None = self.initial.get("last_day")
        if self.is_bound:
            with contextlib.suppress(forms.ValidationError):
                day = self.fields["last_day"].clean(self.data.get("last_day"))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        chosen = values.get("penalty")
        if chosen == ANOTHER and values.get("penalty_amount") is None and "penalty_amount" not in self.errors:
            self.add_error("penalty_amount", _("Give the amount that was agreed."))
        if chosen in (ANOTHER, WAIVED) and not values.get("penalty_words", "").strip():
            self.add_error("penalty_words", _("Say why it is not what the contract says."))
        return values

    def readings(self) -> dict[Meter, Decimal]:
        """What was entered for each meter."""
        found = {one.meter: self.cleaned_data.get(f"reading_{one.meter.pk}") for one in self.meters}
        return {meter: value for meter, value in found.items() if value is not None}

    def penalty_extras(self) -> list[Extra]:
        """The penalty that stands in place of the contract's; none where that holds."""
        values = self.cleaned_data
        if values["penalty"] == AS_AGREED:
            return []
        amount = values["penalty_amount"] if values["penalty"] == ANOTHER else Decimal(0)
        return [Extra(values["penalty_words"].strip(), kind=ExtraKind.PENALTY, amount=amount)]


class PriceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A line of the price list, with its price."""

    def label_from_instance(self, obj: Any) -> str:
        price = getattr(obj, "price", None)
        return str(obj.name) if price is None else f"{obj.name} {amount_text(price, symbol=True)}"


class DamageForm(ConsoleForm):
    """Something broken or lost: from the price list and how many, or an amount agreed."""

    words = forms.CharField(label=gettext_lazy("Broken or lost"), max_length=200, required=False)
    place = forms.CharField(label=gettext_lazy("Where it was found"), max_length=120, required=False)
    tariff = PriceField(Tariff.objects.none(), label=gettext_lazy("From the price list"), required=False)
    quantity = forms.DecimalField(
        label=gettext_lazy("How many"), max_digits=10, decimal_places=2, required=False, min_value=0
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Or amount agreed (yuan)"), max_digits=12, decimal_places=2, min_value=0, required=False
    )

    def __init__(self, *args: Any, prices: Any, **kwargs: Any) -> None:
        self.prices = prices
        super().__init__(*args, **kwargs)

    def narrow_choices(self) -> None:
        field: Any = self.fields["tariff"]
        field.queryset = self.prices
        field.empty_label = _("None")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not values.get("words") and self.has_changed() and "words" not in self.errors:
            self.add_error("words", _("Say what is broken or lost."))
        listed, agreed = values.get("tariff") is not None, values.get("amount") is not None
        if listed == agreed and self.has_changed() and not self.errors:
            self.add_error("amount", _("Choose from the price list, or give an amount: one of the two."))
        return values

    def extra(self) -> Extra:
        """What is charged."""
        values = self.cleaned_data
        return Extra(
            values["words"],
            tariff=values["tariff"],
            quantity=values["quantity"] or Decimal(1),
            amount=values["amount"],
            place=values["place"],
        )


class DamageLines(forms.BaseFormSet):  # type: ignore[type-arg]
    """The lines for damages. One that is emptied is no damage any more, whether it was there before or not."""

    def initial_form_count(self) -> int:
        return 0

    def total_form_count(self) -> int:
        if self.is_bound:
            return super().total_form_count()
        return min(len(self.initial or ()) + self.extra, self.absolute_max)

    def __iter__(self) -> Iterator[Any]:
        """The lines; those that wait to be added are marked."""
        used = max((place for place, form in enumerate(self.forms) if form.initial or form.has_changed()), default=-1)
        for place, form in enumerate(self.forms):
            form.is_spare = place > used + SHOWN_EMPTY
            yield form

    def extras(self) -> list[Extra]:
        """What is charged."""
        return [form.extra() for form in self.forms if form.has_changed()]


DamageForms: Any = forms.formset_factory(
    DamageForm, formset=DamageLines, extra=EMPTY_DAMAGES, max_num=MOST_DAMAGES, absolute_max=MOST_DAMAGES
)


def damage_forms(request: HttpRequest, tenure: Tenure, settlement: Settlement | None, *, posted: bool) -> Any:
    """The lines for damages: as they were sent, or those of the settlement and some that are free."""
    prices = damage_prices(Tariff.objects.filter(property_id=tenure.property_id)).order_by("name", "pk")
    today = local_date(timezone.now(), tenure.property.time_zone)
    current = TariffVersion.objects.filter(tariff=OuterRef("pk"), valid_from__lte=today).order_by("-valid_from")
    prices = prices.annotate(price=Subquery(current.values("rate")[:1]))
    given = {"prefix": "damage", "form_kwargs": {"request": request, "prices": prices}}
    if posted:
        return DamageForms(request.POST, **given)
    if settlement is None:
        return DamageForms(initial=_inspected(tenure, prices), **given)
    rows = settlement.extras.filter(kind=ExtraKind.DAMAGE)
    initial = [
        {
            "words": one.words,
            "place": one.place,
            "tariff": one.tariff_id,
            "quantity": one.quantity.normalize() if one.tariff_id else None,
            "amount": one.amount,
        }
        for one in rows
    ]
    return DamageForms(initial=initial, **given)


def _inspected(tenure: Tenure, prices: Any) -> list[dict[str, Any]]:
    """What the inspection found worse than it was, priced by the list where that names it."""
    handover = handover_of(tenure, HandoverKind.OUT)
    if handover is None:
        return []
    listed = {one.code: one.pk for one in prices}
    return [
        {
            "words": f"{one.name} {one.note}".strip()[:200],
            "place": one.place,
            "tariff": listed.get(one.damage_code),
            "quantity": one.quantity if one.damage_code in listed else None,
        }
        for one in damages(handover)[: MOST_DAMAGES - SHOWN_EMPTY]
    ]


class AgreementForm(ConsoleForm):
    """That the resident agreed at the desk, or that it is settled without them."""

    how = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[(one.value, one.label) for one in (AgreedHow.PAPER, AgreedHow.WITHOUT)],
        initial=AgreedHow.PAPER,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Who signed, or why without the resident"),
        max_length=200,
        help_text=gettext_lazy("The name as it stands on the paper. The paper is kept with the lease."),
    )

    def __init__(self, *args: Any, tenure: Tenure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = abandonment_signed(tenure)
        if case is None:
            return
        how = cast(forms.ChoiceField, self.fields["how"])
        how.choices = [(one.value, one.label) for one in (AgreedHow.CASE, AgreedHow.PAPER, AgreedHow.WITHOUT)]
        how.initial = AgreedHow.CASE
        # The settlement names the case by itself.
        self.fields["note"].required = False

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "how" in values and values["how"] != AgreedHow.CASE and "note" in values and not values["note"]:
            self.add_error("note", self.fields["note"].error_messages["required"])
        return values


class RefundForm(ConsoleForm):
    """How what is left is paid out."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it is paid out"),
        choices=[(one.value, one.label) for one in (RefundChannel.CASH, RefundChannel.BANK)],
        widget=forms.RadioSelect,
    )
    heir = forms.ModelChoiceField(
        label=gettext_lazy("Heir"), queryset=Heir.objects.none(), empty_label=gettext_lazy("Choose …")
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount (yuan)"),
        max_digits=14,
        decimal_places=2,
        help_text=gettext_lazy("What is left goes to the other heirs; all parts together come to the whole."),
    )
    payee = forms.CharField(label=gettext_lazy("Who gets it"), max_length=80)
    payee_account = forms.CharField(
        label=gettext_lazy("Bank account"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("For a bank transfer."),
    )
    reference = forms.CharField(label=gettext_lazy("Voucher number"), max_length=40, required=False)

    def __init__(self, *args: Any, tenure: Tenure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if death_of(tenure.resident_id) is None:
            del self.fields["heir"], self.fields["amount"]
        else:
            heirs = cast("forms.ModelChoiceField[Heir]", self.fields["heir"])
            heirs.queryset = Heir.objects.filter(pk__in=[one.pk for one in heirs_of(tenure.resident_id)])
            del self.fields["payee"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("heir") is not None:
            values["payee"] = values["heir"].name
        return values


class KeysForm(ConsoleForm):
    """What has to be repaired or replaced before the unit can be let again."""

    repairs = forms.CharField(
        label=gettext_lazy("To repair, one a line"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Each becomes a task, and cleaning is one besides."),
    )
    lost = forms.CharField(
        label=gettext_lazy("Lost keys and cards, one a line"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Each becomes a task for the front desk: block it and have a new one made."),
    )

    def lines(self, name: str) -> Sequence[str]:
        """What was written into a field, line by line."""
        return [text.strip()[:100] for text in self.cleaned_data[name].splitlines() if text.strip()]


def penalty_words(tenure: Tenure) -> str:
    """What the contract asks for from who leaves early."""
    agreement = agreement_of(tenure)
    if agreement is None or agreement.penalty_kind == PenaltyKind.NONE:
        return _("none")
    words = {"day": agreement.agreed_end, "number": number_text(agreement.penalty)}
    if agreement.penalty_kind == PenaltyKind.MONTHS:
        return _("%(number)s × a month’s rent before %(day)s") % words
    return _("%(amount)s before %(day)s") % {**words, "amount": amount_text(agreement.penalty, symbol=True)}


def _meter_hint(one: ClosingMeter) -> str:
    unit = UNITS_OF_MEASURE.get(MeterKind(one.meter.kind), "")
    if one.there is not None:
        there = {"value": number_text(one.there.value), "unit": unit}
        return _("Read on the last day already: %(value)s %(unit)s. Left empty, that stands.") % there
    if one.before is None:
        return _("In %(unit)s. There is no reading before.") % {"unit": unit}
    words = {"value": number_text(one.before.value), "unit": unit, "day": one.before.date}
    return _("Before: %(value)s %(unit)s on %(day)s.") % words
