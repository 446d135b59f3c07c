"""What is asked in each step of a check-in, and how it is kept: as it was typed, so that a colleague finds it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.billing.choices import Basis
from yuju.billing.models import Tariff
from yuju.console.countries import nationality_field
from yuju.console.days import DayField
from yuju.console.pages.premises import user_of
from yuju.journeys.check_in_plan import last_day
from yuju.kit.console import ConsoleForm, PickField
from yuju.kit.console.covered import CoveredInput
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone, tidy
from yuju.premises.models import Property, Unit
from yuju.residency.choices import Category, CheckInStep, IdType, PenaltyKind
from yuju.residency.models import Resident
from yuju.residency.services.documents import document_guess, id_number_check, nationality_check
from yuju.residency.services.residents import COVERED

EDIT = "leases.edit"
LENGTHS = [
    ("12", pgettext_lazy("how long", "1 year")),
    ("6", pgettext_lazy("how long", "6 months")),
    ("3", pgettext_lazy("how long", "3 months")),
    ("1", pgettext_lazy("how long", "1 month")),
    ("24", pgettext_lazy("how long", "2 years")),
    ("36", pgettext_lazy("how long", "3 years")),
    ("", pgettext_lazy("how long", "Until a day")),
]
OWN = "own"
PAYING = [
    ("1-1", gettext_lazy("1 month deposit, paid monthly")),
    ("1-3", gettext_lazy("1 month deposit, paid quarterly")),
    ("2-1", gettext_lazy("2 months deposit, paid monthly")),
    ("1-6", gettext_lazy("1 month deposit, paid half-yearly")),
    ("1-12", gettext_lazy("1 month deposit, paid yearly")),
    ("0-1", gettext_lazy("No deposit, paid monthly")),
    (OWN, pgettext_lazy("a way of paying", "Another")),
]
"""押一付三 and its like: how many months' rent as deposit, how many months are paid at once."""
CYCLES = [
    ("1", gettext_lazy("Every month")),
    ("2", gettext_lazy("Every two months")),
    ("3", gettext_lazy("Every quarter")),
    ("6", gettext_lazy("Every half year")),
    ("12", gettext_lazy("Every year")),
]
OTHERS = 8
"""So many people may live there too."""
OTHER_PARTS = ("name", "relation", "phone", "id_number")
NUMBERS = COVERED | {
    f"other{number}_{part}": COVERED[part] for number in range(OTHERS) for part in ("phone", "id_number")
}
"""The fields that hold somebody's number, and how each is covered."""


class StepForm(ConsoleForm):
    """One step of a check-in."""

    step: CheckInStep
    lists: tuple[str, ...] = ()
    """The fields that hold several values."""

    def typed(self) -> dict[str, Any]:
        """What stands in the fields, right or not, as it is kept."""
        data = cast(QueryDict, self.data)
        return {
            name: data.getlist(name) if name in self.lists else self._sent(data, name).replace("\x00", "").strip()
            for name in self.fields
        }

    def _sent(self, data: QueryDict, name: str) -> str:
        widget = self.fields[name].widget
        covered = isinstance(widget, CoveredInput)
        return str((widget.value_from_datadict(data, {}, name) if covered else data.get(name)) or "")

    @classmethod
    def shown(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        """What was kept, as the fields take it."""
        return dict(kept)


def _radio(label: Any, choices: Any, **given: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **given)


class RoomForm(StepForm):
    """Which room, and on which days."""

    step = CheckInStep.ROOM
    unit = PickField(Unit.objects.none(), slug="units", label=gettext_lazy("Unit"))
    start = DayField(label=gettext_lazy("First day"))
    length = _radio(gettext_lazy("For how long"), LENGTHS, required=False)
    end = DayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Both days belong to the stay.")
    )
    category = _radio(
        gettext_lazy("Category"), [(one.value, one.label) for one in (Category.LONG_TERM, Category.SHORT_TERM)]
    )

    def narrow_choices(self) -> None:
        chosen: Property | None = getattr(self.request, "property", None)
        units = Unit.objects.visible_to(user_of(self.request), EDIT).select_related("building", "property")
        field = cast(PickField, self.fields["unit"])
        field.queryset = units if chosen is None else units.filter(property=chosen)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end, length = values.get("start"), values.get("end"), values.get("length")
        if length and start is not None:
            values["end"] = last_day(start, int(length))
        elif not length and end is None and "end" not in self.errors:
            self.add_error("end", _("Give the last day, or choose for how long."))
        elif start is not None and end is not None and end < start:
            self.add_error(
                "end",
                _("The end, %(end)s, is before the start. Give the first day or a later one.") % {"end": end},
            )
        return values

    def typed(self) -> dict[str, Any]:
        given = super().typed()
        # A length says where the stay ends.
        return {**given, "end": ""} if given["length"] else given


class WhoForm(StepForm):
    """Who moves in: somebody on file, or somebody new; and who lives there too."""

    step = CheckInStep.WHO
    resident = PickField(
        Resident.objects.none(),
        slug="residents",
        label=gettext_lazy("On file already"),
        required=False,
        help_text=gettext_lazy("Leave it empty for somebody new."),
    )
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    id_type = forms.ChoiceField(
        label=gettext_lazy("ID type"),
        choices=IdType.choices,
        required=False,
        help_text=gettext_lazy("With a unified social credit code, a company is registered."),
    )
    id_number = forms.CharField(label=gettext_lazy("ID number"), max_length=40, required=False)
    nationality = nationality_field()
    emergency_name = forms.CharField(label=gettext_lazy("Emergency contact"), max_length=60, required=False)
    emergency_phone = forms.CharField(label=gettext_lazy("Emergency phone"), max_length=30, required=False)
    contact_name = forms.CharField(
        label=gettext_lazy("Contact person"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Who speaks for a company; the phone is theirs."),
    )

    def narrow_choices(self) -> None:
        place = self.initial["_property"]
        field = cast(PickField, self.fields["resident"])
        field.queryset = Resident.objects.visible_to(user_of(self.request), EDIT).filter(property=place)
        for name in ("name", "emergency_name", "contact_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for name in ("phone", "id_number", "emergency_phone"):
            self.fields[name].widget = self._covered(name)
        for number in range(OTHERS):
            for part, label, length in (
                ("name", pgettext_lazy("of a person", "Name"), 60),
                ("relation", gettext_lazy("Relation"), 30),
                ("phone", gettext_lazy("Phone"), 30),
                ("id_number", gettext_lazy("ID number"), 40),
            ):
                attrs = {"placeholder": label, "aria-label": label, "autocomplete": "off", "class": "form-control"}
                name = f"other{number}_{part}"
                widget = self._covered(name, attrs) if name in NUMBERS else forms.TextInput(attrs)
                if part == "relation":
                    widget.attrs["list"] = "relations"
                self.fields[name] = forms.CharField(label=label, max_length=length, required=False, widget=widget)

    def _covered(self, name: str, attrs: Mapping[str, Any] | None = None) -> forms.TextInput:
        """What was kept before is somebody's number: whoever goes on with it sees it covered."""
        kept, url = str(self.initial.get(name) or ""), self.initial.get("_reveal_url", "")
        return CoveredInput(kept, NUMBERS[name], f"{url}{name}" if url else "", attrs)

    @property
    def others(self) -> Iterator[list[forms.BoundField]]:
        """The rows of people who live there too."""
        for number in range(OTHERS):
            yield [self[f"other{number}_{part}"] for part in OTHER_PARTS]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("resident") is None and "resident" not in self.errors:
            if not values.get("name"):
                self.add_error("name", _("Who moves in? Give a name, or choose somebody on file."))
            if not values.get("phone") and "phone" not in self.errors:
                self.add_error("phone", _("A telephone number is needed: bills and codes go to it."))
            self._check_company(values)
        self._check("phone", lambda value: check_phone(value))
        self._check("emergency_phone", lambda value: check_phone(value))
        self._check(
            "nationality",
            lambda value: nationality_check(value, values.get("id_type", ""), tidy(values.get("id_number", ""))),
        )
        self._check("id_number", lambda value: id_number_check(id_type=values.get("id_type", ""), id_number=value))
        for number in range(OTHERS):
            name, _relation, phone, document = (f"other{number}_{part}" for part in OTHER_PARTS)
            self._check(phone, lambda value: check_phone(value))
            self._check(document, lambda value: id_number_check(id_type=document_guess(value), id_number=value))
            if not values.get(name) and any(values.get(f"other{number}_{part}") for part in OTHER_PARTS):
                self.add_error(name, _("Give the name, too."))
        return values

    def _check_company(self, values: dict[str, Any]) -> None:
        if values.get("id_type") != IdType.CREDIT_CODE:
            return
        if not values.get("id_number") and "id_number" not in self.errors:
            self.add_error("id_number", _("A company needs its unified social credit code."))
        if values.get("emergency_name") or values.get("emergency_phone"):
            self.add_error("emergency_name", _("A company has a contact and no emergency contact."))

    def _check(self, name: str, check: Any) -> None:
        value = self.cleaned_data.get(name)
        if value:
            try:
                check(value)
            except Refused as refusal:
                self.add_error(name, str(refusal))

    def typed(self) -> dict[str, Any]:
        given = super().typed()
        rows = [{part: given.pop(f"other{number}_{part}", "") for part in OTHER_PARTS} for number in range(OTHERS)]
        return {**given, "others": [row for row in rows if any(row.values())]}

    @classmethod
    def shown(cls, kept: Mapping[str, Any]) -> dict[str, Any]:
        others = {
            f"other{number}_{part}": row.get(part, "")
            for number, row in enumerate(kept.get("others", ())[:OTHERS])
            for part in OTHER_PARTS
        }
        return {**kept, **others}


class TermsForm(StepForm):
    """What is agreed: rent and its steps, rent-free days, deposit and cycle, and what the contract says besides."""

    step = CheckInStep.TERMS
    rent = forms.DecimalField(label=gettext_lazy("Monthly rent (yuan)"), max_digits=12, decimal_places=2, min_value=0)
    people = forms.IntegerField(
        label=gettext_lazy("Occupants"),
        min_value=1,
        max_value=99,
        required=False,
        help_text=gettext_lazy("How many people bills by headcount count."),
    )
    pay = _radio(gettext_lazy("Deposit and payment"), PAYING)
    deposit_months = forms.DecimalField(
        label=gettext_lazy("Deposit, months’ rent"), max_digits=3, decimal_places=1, min_value=0, required=False
    )
    pay_months = forms.ChoiceField(label=gettext_lazy("Paid at once"), choices=CYCLES, required=False)
    deposit = forms.DecimalField(
        label=gettext_lazy("Deposit (yuan)"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=gettext_lazy("Only where it is another amount than so many months’ rent."),
    )
    step_months = forms.IntegerField(
        label=gettext_lazy("Rent changes every (months)"), min_value=1, max_value=120, required=False
    )
    step_kind = forms.ChoiceField(
        label=gettext_lazy("Changes by"),
        choices=[("percent", gettext_lazy("per cent")), ("amount", gettext_lazy("yuan"))],
        required=False,
    )
    step_by = forms.DecimalField(label=gettext_lazy("How much"), max_digits=10, decimal_places=2, required=False)
    free_days = forms.IntegerField(label=gettext_lazy("Rent-free days"), min_value=0, max_value=1000, required=False)
    free_from = DayField(
        label=gettext_lazy("Rent-free from"),
        required=False,
        help_text=gettext_lazy("Left empty, they are the first days."),
    )
    number = forms.CharField(
        label=gettext_lazy("Contract number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Left empty, a number is given out."),
    )
    penalty_kind = forms.ChoiceField(
        label=gettext_lazy("Penalty on early termination"), choices=PenaltyKind.choices, required=False
    )
    penalty = forms.DecimalField(
        label=gettext_lazy("Yuan, or months’ rent"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    notice_days = forms.IntegerField(label=gettext_lazy("Notice (days)"), min_value=0, max_value=365, required=False)
    deposit_return_days = forms.IntegerField(
        label=gettext_lazy("Deposit returned within (days)"), min_value=0, max_value=365, required=False
    )
    overstay_rate = forms.DecimalField(
        label=gettext_lazy("Per day after the end (yuan)"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("step_months") and not values.get("step_by") and "step_by" not in self.errors:
            self.add_error("step_by", _("By how much does the rent change?"))
        if values.get("step_by") and not values.get("step_months") and "step_months" not in self.errors:
            self.add_error("step_months", _("Every how many months does the rent change?"))
        return values

    def typed(self) -> dict[str, Any]:
        given = super().typed()
        if given["pay"] != OWN and "-" in given["pay"]:
            given["deposit_months"], given["pay_months"] = given["pay"].split("-", 1)
        return given


class BilledForm(StepForm):
    """What is billed from the first day to the last."""

    step = CheckInStep.BILLED
    lists = ("tariffs",)
    tariffs = forms.ModelMultipleChoiceField(
        Tariff.objects.none(),
        label=gettext_lazy("Billed from the first day to the last"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def narrow_choices(self) -> None:
        rows: QuerySet[Tariff] = Tariff.objects.filter(property=self.initial["_property"]).exclude(basis=Basis.ONCE)
        cast("forms.ModelMultipleChoiceField[Tariff]", self.fields["tariffs"]).queryset = rows


FORMS: dict[CheckInStep, type[StepForm]] = {form.step: form for form in (RoomForm, WhoForm, TermsForm, BilledForm)}
