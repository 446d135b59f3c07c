"""The forms of what can change about a running stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.billing.models import BillingAccount, FeeItem, RecurringCharge
from yuju.console.countries import nationality_field
from yuju.console.days import DayField
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.journeys.change_readings import meters_billed, meters_taken_over, reading_field
from yuju.journeys.following import ONE_DAY, term_on
from yuju.journeys.renewals import Step
from yuju.journeys.stay_moves import day_check
from yuju.kit.console import ConsoleForm, PickField
from yuju.kit.dates import add_months
from yuju.kit.display import number_text
from yuju.kit.errors import Refused
from yuju.metering.choices import MeterKind
from yuju.metering.models import Meter, Reading
from yuju.payments.selectors import deposit_standing
from yuju.premises.models import Unit
from yuju.residency.choices import PERSONAL_ID_TYPES
from yuju.residency.deaths import death_of
from yuju.residency.models import Occupant, Resident, Tenure
from yuju.residency.selectors import agreement_of

EDIT = "leases.edit"
USUAL_MONTHS = 12
MOST_STEPS = 60


class ChangeForm(ConsoleForm):
    """A form about one lease, which it is given as `initial["tenure"]`."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    @property
    def tenure(self) -> Tenure:
        return cast(Tenure, self.initial["tenure"])

    def narrow_choices(self) -> None:
        self.initial.setdefault("key", uuid4())
        self.begin()

    def begin(self) -> None:
        """Suggests values and narrows choices, going by the lease."""

    def clean_key(self) -> Any:
        return self.cleaned_data["key"] or uuid4()

    def suggest(self, **values: Any) -> None:
        for name, value in values.items():
            self.initial.setdefault(name, value)

    def ask_readings(self, meters: Iterable[Meter], hint: Any = "") -> None:
        """A field for what each of these meters showed."""
        for meter in meters:
            last = Reading.objects.filter(meter=meter, superseded_by=None, is_void=False).order_by("-date").first()
            said = (
                _("Last read %(value)s on %(day)s.") % {"value": number_text(last.value), "day": last.date}
                if last
                else ""
            )
            field = forms.DecimalField(
                label=_("%(kind)s meter %(serial)s") % {"kind": MeterKind(meter.kind).label, "serial": meter.serial},
                max_digits=14,
                decimal_places=3,
                min_value=0,
                required=False,
                help_text=" ".join(str(one) for one in (said, hint) if one),
            )
            self.fields[reading_field(meter)] = field

    @property
    def readings(self) -> dict[int, Decimal]:
        """What meters showed, by the meter's id."""
        prefix = "reading_"
        return {
            int(name.removeprefix(prefix)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value is not None
        }

    @property
    def reading_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("reading_")]


def _money(label: Any, **given: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, min_value=0, **given)


def _reason() -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Reason"), max_length=200)


def _number() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Number of the new lease"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Left empty, a number is given out."),
    )


def _deposit() -> forms.DecimalField:
    return _money(
        gettext_lazy("Deposit (yuan)"),
        required=False,
        help_text=gettext_lazy("What is held already counts; only the rest is asked for."),
    )


class RenewForm(ChangeForm):
    """A new lease from the day after."""

    end = DayField(label=gettext_lazy("Last day of the new lease"))
    rent = _money(gettext_lazy("Monthly rent (yuan)"), required=False)
    step_months = forms.IntegerField(
        label=gettext_lazy("Rent rises every (months)"), min_value=1, max_value=120, required=False
    )
    step_percent = forms.DecimalField(
        label=gettext_lazy("each time by (%)"),
        min_value=-50,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    deposit = _deposit()
    number = _number()

    def begin(self) -> None:
        tenure = self.tenure
        assert tenure.end is not None
        start = tenure.end + ONE_DAY
        self.suggest(
            end=add_months(start, _months(tenure.start, start)) - ONE_DAY,
            rent=term_on(tenure, tenure.end).rent,
            deposit=_asked(tenure),
        )
        if start <= local_today(tenure):
            self.ask_readings(meters_billed(tenure, start), _("What it showed on %(day)s.") % {"day": start})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if (values.get("step_months") is None) != (values.get("step_percent") is None):
            self.add_error("step_percent", _("A rise needs both: how often, and by how much."))
        return values

    @property
    def steps(self) -> list[Step]:
        """The rents that follow the first one, each rounded to the fen."""
        values = self.cleaned_data
        months, percent, rent = values.get("step_months"), values.get("step_percent"), values.get("rent")
        if not months or percent is None or rent is None:
            return []
        assert self.tenure.end is not None
        start, found = self.tenure.end + ONE_DAY, []
        for number in range(1, MOST_STEPS):
            day = add_months(start, months * number)
            if day > values["end"]:
                break
            rent = (rent * (100 + percent) / 100).quantize(Decimal("0.01"))
            found.append((day, rent))
        return found


def _months(start: date, after: date) -> int:
    """As many months as the lease had, where those are whole ones."""
    months = (after.year - start.year) * 12 + after.month - start.month
    return months if months > 0 and add_months(start, months) == after else USUAL_MONTHS


def _asked(tenure: Tenure) -> Decimal | None:
    account = BillingAccount.objects.filter(tenure=tenure).first()
    standing = deposit_standing(account) if account is not None else None
    return standing.asked if standing is not None else None


class ExtendForm(ChangeForm):
    """Some days more of the same lease."""

    days = forms.IntegerField(label=gettext_lazy("Days more"), min_value=1, max_value=3660)
    after = DayField(label="", widget=forms.HiddenInput)
    reason = _reason()

    def begin(self) -> None:
        self.suggest(days=30, after=self.tenure.end, reason=_("Extended at the resident's wish"))


class RoomForm(ChangeForm):
    """Another unit. Which one and from when is chosen first, since the meters of both are asked for."""

    unit = forms.ModelChoiceField(Unit.objects.none(), widget=forms.HiddenInput)
    on = DayField(label="", widget=forms.HiddenInput)
    rent = _money(gettext_lazy("Monthly rent (yuan)"), required=False)
    deposit = _deposit()
    number = _number()
    reason = _reason()

    def begin(self) -> None:
        tenure = self.tenure
        cast(Any, self.fields["unit"]).queryset = other_units(self.request, tenure)
        unit, on = self.initial["unit"], self.initial["on"]
        self.suggest(
            rent=term_on(tenure, on).rent, deposit=_asked(tenure), reason=_("Change of room at the resident's wish")
        )
        if on <= local_today(tenure):
            self.ask_readings(meters_billed(tenure, on), tenure.unit.label)
            self.ask_readings(meters_taken_over(tenure, unit, on), unit.label)


class RoomChoiceForm(ConsoleForm):
    """Which unit, and from when."""

    unit = PickField(Unit.objects.none(), slug="units", label=gettext_lazy("New unit"))
    on = DayField(label=gettext_lazy("First day in it"))

    def narrow_choices(self) -> None:
        tenure = self.initial["tenure"]
        cast(Any, self.fields["unit"]).queryset = other_units(self.request, tenure)
        self.initial.setdefault("on", max(local_today(tenure), tenure.start + ONE_DAY))

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        try:
            day_check(self.initial["tenure"], on)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return on


def other_units(request: Any, tenure: Tenure) -> Any:
    """The units a stay can move to."""
    rows = Unit.objects.visible_to(user_of(request), EDIT).filter(property_id=tenure.property_id)
    return rows.exclude(pk=tenure.unit_id).select_related("building")


class TenantForm(ChangeForm):
    """Another tenant on the same terms."""

    resident = PickField(
        Resident.objects.none(),
        slug="residents",
        label=gettext_lazy("New tenant"),
        help_text=gettext_lazy("Who is not found here is registered first, under Residents."),
    )
    on = DayField(label=gettext_lazy("First day of the new tenant"))
    deposit_moves = forms.ChoiceField(
        label=gettext_lazy("Deposit held"),
        choices=[
            ("yes", gettext_lazy("goes to the new tenant; the two settle it between themselves")),
            ("no", gettext_lazy("becomes credit of the old tenant; the new one is asked for it")),
        ],
        initial="no",
        widget=forms.RadioSelect,
    )
    number = _number()
    reason = _reason()

    def begin(self) -> None:
        tenure, today = self.tenure, local_today(self.tenure)
        rows = Resident.objects.visible_to(user_of(self.request), EDIT).filter(property_id=tenure.property_id)
        cast(Any, self.fields["resident"]).queryset = rows.exclude(pk=tenure.resident_id)
        self.suggest(on=max(today, tenure.start + ONE_DAY), resident=self.request.GET.get("resident"))
        if death_of(tenure.resident_id) is None:
            self.suggest(reason=_("Change of tenant as agreed by all three"))
        else:
            self.suggest(reason=_("The lease goes on with an heir"))
            cast(forms.ChoiceField, self.fields["deposit_moves"]).choices = [
                ("yes", _("goes to the new tenant, as the heirs agreed")),
                ("no", _("becomes credit and is paid out to the heirs; the new tenant is asked for it")),
            ]
        self.ask_readings(meters_billed(tenure, today), _("Of that day; leave it empty for a day to come."))


class EarlyEndForm(ChangeForm):
    """The last day of who leaves before the day agreed."""

    last_day = DayField(label=gettext_lazy("Last day of the stay"))
    reason = _reason()

    def begin(self) -> None:
        tenure, agreement = self.tenure, agreement_of(self.tenure)
        asked = local_today(tenure) + timedelta(days=agreement.notice_days if agreement is not None else 0)
        self.suggest(
            last_day=asked if tenure.end is None else min(asked, tenure.end - ONE_DAY), reason=_("Leaves early")
        )


class RentForm(ChangeForm):
    """Another rent from a day on."""

    rent = _money(gettext_lazy("New monthly rent (yuan)"))
    valid_from = DayField(label=gettext_lazy("New rent from"))
    reason = _reason()

    def begin(self) -> None:
        today = local_today(self.tenure)
        self.suggest(
            rent=term_on(self.tenure, today).rent,
            valid_from=max(today, self.tenure.start),
            reason=_("Rent changed as agreed"),
        )


class FreeForm(ChangeForm):
    """Days that are not billed."""

    items = forms.ModelMultipleChoiceField(
        FeeItem.objects.none(), label=gettext_lazy("Items not billed"), widget=forms.CheckboxSelectMultiple
    )
    start = DayField(label=gettext_lazy("First free day"))
    end = DayField(label=gettext_lazy("Last free day"))
    reason = _reason()

    def begin(self) -> None:
        billed = RecurringCharge.objects.filter(account__tenure=self.tenure, point=None).values("tariff__fee_item")
        cast(Any, self.fields["items"]).queryset = FeeItem.objects.filter(pk__in=billed).order_by("priority", "pk")
        today = local_today(self.tenure)
        self.suggest(start=today, end=today + timedelta(days=6), reason=_("Free days as agreed"))


def id_types() -> list[tuple[str, Any]]:
    """The kinds of documents; left alone, the number tells."""
    return [("", gettext_lazy("As the number says")), *((one.value, one.label) for one in PERSONAL_ID_TYPES)]


class OccupantInForm(ChangeForm):
    """Somebody moves in."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    relation = forms.CharField(label=gettext_lazy("Relation"), max_length=30, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    id_type = forms.ChoiceField(label=gettext_lazy("ID type"), choices=id_types, required=False)
    id_number = forms.CharField(label=gettext_lazy("ID number"), max_length=40, required=False)
    nationality = nationality_field()
    since = DayField(label=gettext_lazy("Since"))
    occupants = forms.IntegerField(
        label=gettext_lazy("Occupants from then on"),
        min_value=0,
        max_value=99,
        required=False,
        help_text=gettext_lazy("How many people bills by headcount count."),
    )

    def begin(self) -> None:
        today = max(local_today(self.tenure), self.tenure.start)
        people = term_on(self.tenure, today).occupants
        self.suggest(since=today, occupants=None if people is None else people + 1)


class OccupantOutForm(ChangeForm):
    """Somebody moves out."""

    occupant = forms.ModelChoiceField(Occupant.objects.none(), label=gettext_lazy("Who lives there"))
    on = DayField(label=gettext_lazy("Last day"))
    occupants = forms.IntegerField(
        label=gettext_lazy("Occupants from the day after on"),
        min_value=0,
        max_value=99,
        required=False,
        help_text=gettext_lazy("How many people bills by headcount count."),
    )

    def begin(self) -> None:
        here = Occupant.objects.filter(tenure=self.tenure, until=None).order_by("pk")
        cast(Any, self.fields["occupant"]).queryset = here
        today = local_today(self.tenure)
        people = term_on(self.tenure, today).occupants
        chosen = here.filter(pk__in=[one for one in self.request.GET.getlist("occupant") if one.isdecimal()]).first()
        self.suggest(occupant=chosen or here.first(), on=today, occupants=max(people - 1, 1) if people else None)
