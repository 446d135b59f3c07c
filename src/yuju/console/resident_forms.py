"""The form of a resident: a person's fields or a company's, by what is registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.console.countries import nationality_field
from yuju.console.pages.premises import PropertyForm, user_of
from yuju.kit.console import Fieldset
from yuju.kit.console.covered import AS_FIELD, CoveredInput
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.choices import PERSONAL_ID_TYPES, IdType, ResidentKind
from yuju.residency.models import InvoiceTitle, Resident, Tag
from yuju.residency.services import invoice_title_of
from yuju.residency.services.documents import id_number_check
from yuju.residency.services.residents import COVERED

TITLE_FIELDS = {
    "invoice_title": "title",
    "tax_number": "tax_number",
    "invoice_address": "address",
    "invoice_phone": "phone",
    "bank": "bank",
    "bank_account": "bank_account",
}
"""The fields of the form that make up a company's invoice title, and what they are called there."""
OF_PERSONS = ("id_type", "nationality", "emergency_name", "emergency_phone")
OF_COMPANIES = ("contact_name", *TITLE_FIELDS)

RESIDENT_FIELDSETS = (
    Fieldset(gettext_lazy("Basic facts"), ("property", "name", "category")),
    Fieldset(
        gettext_lazy("Document"),
        ("id_type", "id_number", "nationality"),
        gettext_lazy("Stored encrypted and shown covered; who looks at it is written down."),
    ),
    Fieldset(gettext_lazy("Contact"), ("contact_name", "phone")),
    Fieldset(gettext_lazy("Emergency contact"), ("emergency_name", "emergency_phone")),
    Fieldset(
        gettext_lazy("Invoice title"),
        tuple(TITLE_FIELDS),
        gettext_lazy("What invoices are made out to. Left empty, it is the registered name and the credit code."),
    ),
    Fieldset(gettext_lazy("Tags and number"), ("ref", "tags")),
)


def kind_asked(request: HttpRequest) -> ResidentKind:
    """What a new form is for: a person, unless its address says a company."""
    return ResidentKind.COMPANY if request.GET.get("kind") == ResidentKind.COMPANY else ResidentKind.PERSON


def _title_field(name: str) -> forms.CharField:
    field: Any = InvoiceTitle._meta.get_field(TITLE_FIELDS[name])
    return forms.CharField(label=field.verbose_name, max_length=field.max_length or 40, required=False)


class ResidentForm(PropertyForm):
    """A resident; telephone and document are checked as they are typed."""

    nationality = nationality_field()
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.none(), label=gettext_lazy("tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    invoice_title = _title_field("invoice_title")
    tax_number = _title_field("tax_number")
    invoice_address = _title_field("invoice_address")
    invoice_phone = _title_field("invoice_phone")
    bank = _title_field("bank")
    bank_account = _title_field("bank_account")

    class Meta:
        model = Resident
        fields = (
            "property",
            "name",
            "category",
            "contact_name",
            "phone",
            "id_type",
            "id_number",
            "nationality",
            "emergency_name",
            "emergency_phone",
            "ref",
            "tags",
        )
        help_texts = {
            "phone": gettext_lazy("11 digits, or an area code and number."),
            "id_number": gettext_lazy("18 characters of an ID card, or the number of the document chosen."),
            "emergency_phone": gettext_lazy("11 digits, or an area code and number."),
            "ref": gettext_lazy("Left empty, a number is given out."),
        }

    @property
    def kind(self) -> ResidentKind:
        """Whose form it is."""
        return ResidentKind(self.instance.kind) if self.instance.pk is not None else kind_asked(self.request)

    def narrow_choices(self) -> None:
        super().narrow_choices()
        cast("forms.ModelMultipleChoiceField[Tag]", self.fields["tags"]).queryset = Tag.objects.order_by("name")
        if not Tag.objects.exists():
            del self.fields["tags"]
        self.fields["ref"].required = False
        if self.kind == ResidentKind.COMPANY:
            self._for_company()
        else:
            self._for_person()
        self._cover()
        check = reverse("console:resident-check")
        for name in ("phone", "id_number", "emergency_phone"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "autocomplete": "off",
                    "hx-post": f"{check}?field={name}&kind={self.kind}&except={self.instance.pk or ''}",
                    "hx-trigger": "change",
                    "hx-target": f"#id_{name}-hint",
                    "hx-swap": "innerHTML",
                }

    def _cover(self) -> None:
        """Numbers on file are shown covered, to be uncovered by whoever may see them."""
        row = self.instance
        if row.pk is None:
            return
        may = user_of(self.request).may("residents.reveal", row.property_id)
        for name, mask in COVERED.items():
            if name in self.fields:
                url = reverse("console:residents-reveal", args=[row.pk, name]) + AS_FIELD if may else ""
                attrs = self.fields[name].widget.attrs
                self.fields[name].widget = CoveredInput(str(getattr(row, name) or ""), mask, url, attrs)

    def clean(self) -> dict[str, Any]:
        """Numbers are looked at here as well as by the service, so that all there is to mend is said at once."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("phone", "emergency_phone"):
            if number := cleaned.get(name):
                self._look_at(name, partial(check_phone, number))
        if (number := cleaned.get("id_number")) and "id_type" not in self.errors:
            kind = IdType.CREDIT_CODE if self.kind == ResidentKind.COMPANY else cleaned.get("id_type", "")
            self._look_at("id_number", partial(id_number_check, id_type=kind, id_number=number))
        return cleaned

    def _look_at(self, name: str, check: Callable[[], Any]) -> None:
        try:
            check()
        except Refused as refusal:
            self.add_error(name, str(refusal))

    def title_values(self) -> dict[str, Any]:
        """The company's invoice title as it was typed."""
        return {theirs: self.cleaned_data[own] for own, theirs in TITLE_FIELDS.items()}

    def _for_person(self) -> None:
        for name in OF_COMPANIES:
            del self.fields[name]
        id_type = cast(forms.ChoiceField, self.fields["id_type"])
        id_type.choices = [("", _("Not recorded")), *((one.value, one.label) for one in PERSONAL_ID_TYPES)]

    def _for_company(self) -> None:
        for name in OF_PERSONS:
            del self.fields[name]
        self.fields["name"].label = _("registered name")
        self.fields["id_number"].label = IdType.CREDIT_CODE.label
        self.fields["id_number"].help_text = _("18 characters, as on the business licence.")
        self.fields["id_number"].required = True
        self.fields["phone"].label = _("contact’s phone")
        self.fields["phone"].help_text = _("Bills are announced there, and it opens the resident portal.")
        self.fields["bank_account"].widget.attrs["autocomplete"] = "off"


def title_initial(resident: Resident) -> dict[str, Any]:
    """The invoice title of a company, as the form takes it."""
    found = invoice_title_of(resident) if resident.is_company else None
    return {own: getattr(found, theirs) for own, theirs in TITLE_FIELDS.items()} if found is not None else {}
