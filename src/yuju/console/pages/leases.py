"""Leases and ownerships (租约, 产权): the list, one of them, and the form that lets a unit."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.billing.choices import Basis
from yuju.billing.models import BillingAccount, RecurringCharge, Tariff
from yuju.console.check_out import check_out_action
from yuju.console.form_panels.leases import lease_panel, new_lease_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.abandoned import abandoned_action, abandoned_context
from yuju.console.pages.agreements import agreement_url
from yuju.console.pages.check_ins import may_move_in
from yuju.console.pages.contracts import contracts_card
from yuju.console.pages.deaths import death_context
from yuju.console.pages.filings import filings_card
from yuju.console.pages.handovers import handovers_card
from yuju.console.pages.lease_ends import lease_going_on
from yuju.console.pages.lease_occupants import occupants_card
from yuju.console.pages.premises import building_options, user_of
from yuju.console.pages.residents import EndColumn, local_today
from yuju.console.pages.statement import statement_action
from yuju.console.task_card import tasks_card
from yuju.console.templatetags.stays import tenure_state
from yuju.journeys.letting import lease_let
from yuju.journeys.tenures import tenure_revise
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    Consequences,
    ConsoleForm,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Fieldset,
    ModelConsole,
    Money,
    PickField,
    RowContext,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.templatetags.ui import tag
from yuju.metering.selectors import reading_round
from yuju.premises.models import Property, Unit
from yuju.reporting.resident_page import tenure_bills
from yuju.reporting.stays import days_left, ending_soon, with_terms
from yuju.residency.choices import Category, TenureKind, TenureState
from yuju.residency.models import CheckIn, Contract, Resident, Tenure, TenureTerm
from yuju.residency.searching import LEASE

VIEW, EDIT = "leases.view", "leases.edit"
LET = (Category.LONG_TERM, Category.SHORT_TERM)
COMING = (TenureState.RESERVED, TenureState.SIGNED)
OVER = (TenureState.ENDED, TenureState.CANCELLED)


def _current(request: HttpRequest) -> Q:
    return Q(kind=TenureKind.LEASE, state=TenureState.LIVING, end__gte=today(request))


def _over(request: HttpRequest) -> Q:
    """Leases that are over without check-out."""
    return Q(kind=TenureKind.LEASE, state=TenureState.LIVING, end__lt=today(request))


def _left(tenure: Any) -> int | None:
    return days_left(tenure.end, local_today(tenure)) if tenure.kind == TenureKind.LEASE else None


class StandingColumn(Column):
    """Where a lease or ownership stands today, as a tag."""

    def get(self, row: Any) -> Any:
        return tenure_state(row, local_today(row))[1]

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        tone, words = tenure_state(row, local_today(row))
        return tag(words, tone, dot=True)


class LeaseForm(ConsoleForm):
    """A lease or an ownership. When it exists, its unit and resident stay; new terms may be given their day."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=TenureKind.choices, initial=TenureKind.LEASE, widget=forms.RadioSelect
    )
    unit = PickField(Unit.objects.none(), slug="units", label=gettext_lazy("Unit"))
    resident = PickField(
        Resident.objects.none(),
        slug="residents",
        label=gettext_lazy("Resident"),
        help_text=gettext_lazy("Who is not found here is registered first, under Residents."),
    )
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Left empty, a number is given out."),
    )
    start = forms.DateField(label=gettext_lazy("First day"))
    end = forms.DateField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Only an ownership may be open.")
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"), choices=[(one.value, one.label) for one in LET], required=False
    )
    rent = forms.DecimalField(
        label=gettext_lazy("Monthly rent (yuan)"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    deposit = forms.DecimalField(
        label=gettext_lazy("Deposit agreed (yuan)"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    occupants = forms.IntegerField(
        label=gettext_lazy("Occupants"),
        min_value=0,
        max_value=99,
        required=False,
        help_text=gettext_lazy("How many people bills by headcount count."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Rent and occupants hold from"),
        required=False,
        help_text=gettext_lazy("Leave it empty to correct a mistake: the new values then replace the latest ones."),
    )
    tariffs = forms.ModelMultipleChoiceField(
        Tariff.objects.none(),
        label=gettext_lazy("Billed from the first day to the last"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def narrow_choices(self) -> None:
        user = user_of(self.request)
        if self.initial.get("_exists"):
            for name in ("kind", "unit", "resident", "tariffs"):
                del self.fields[name]
            if self.initial.get("_owned"):
                for name in ("category", "rent", "deposit"):
                    del self.fields[name]
            return
        del self.fields["valid_from"]
        chosen: Property | None = getattr(self.request, "property", None)
        units = Unit.objects.visible_to(user, EDIT).select_related("building")
        residents = Resident.objects.visible_to(user, EDIT)
        if chosen is not None:
            units, residents = units.filter(property=chosen), residents.filter(property=chosen)
        cast(PickField, self.fields["unit"]).queryset = units
        cast(PickField, self.fields["resident"]).queryset = residents
        offered = self._tariffs(chosen)
        if offered:
            field = cast("forms.ModelMultipleChoiceField[Tariff]", self.fields["tariffs"])
            field.queryset = Tariff.objects.filter(pk__in=[one.pk for one in offered]).order_by(
                "fee_item__priority", "code"
            )
        else:
            del self.fields["tariffs"]

    def _tariffs(self, chosen: Property | None) -> list[Tariff]:
        """The tariffs of the property the lease is at, as far as that is known."""
        if not user_of(self.request).may("tariffs.view"):
            return []
        picked = self.data.get("unit") or self.initial.get("unit") or ""
        unit = Unit.objects.filter(pk=picked).first() if str(picked).isdecimal() and len(str(picked)) < 19 else None
        rows = Tariff.objects.visible_to(user_of(self.request), EDIT).exclude(basis=Basis.ONCE)
        if unit is not None:
            return list(rows.filter(property_id=unit.property_id))
        if chosen is not None:
            return list(rows.filter(property=chosen))
        return list(rows) if len(getattr(self.request, "properties", [])) == 1 else []

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        unit, resident = values.get("unit"), values.get("resident")
        if unit is not None and resident is not None and unit.property_id != resident.property_id:
            self.add_error(
                "resident",
                _(
                    "The resident is registered at another property than the unit. "
                    "Choose somebody of the unit’s property, or register the person there first."
                ),
            )
        return values


@console_site.register
class LeaseConsole(ModelConsole[Tenure]):
    """Leases and ownerships of units."""

    model = Tenure
    slug = "leases"
    title = gettext_lazy("Leases")
    title_one = gettext_lazy("Lease")
    icon = "file-text"
    group, order = GROUP_TENANCY, 30
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("number",)
    search_kind = LEASE
    search_hint = gettext_lazy("Number, name, pinyin initials, unit")
    empty_text = gettext_lazy(
        "A lease says who rents a unit, from when to when. Import them from Excel or add them one by one."
    )
    detail_template = "console/residency/lease.html"
    tabs = (
        Tab("current", gettext_lazy("Current"), _current),
        Tab("ending", gettext_lazy("Ends within 60 days"), lambda request: ending_soon(today(request))),
        Tab("over", gettext_lazy("Not checked out"), _over),
        Tab("coming", gettext_lazy("Reserved and signed"), Q(kind=TenureKind.LEASE, state__in=COMING)),
        Tab("ended", gettext_lazy("Ended"), Q(kind=TenureKind.LEASE, state__in=OVER)),
        Tab("owners", gettext_lazy("Owners"), Q(kind=TenureKind.OWNERSHIP)),
    )
    columns = (
        Column("number", gettext_lazy("Number"), sort="number", link=True, sm=1),
        Column("unit", gettext_lazy("Unit"), sm=2),
        Column("resident", gettext_lazy("Resident"), sm=4),
        StandingColumn("standing", gettext_lazy("State")),
        Column("property", gettext_lazy("Property"), across=True),
        StateColumn("category", gettext_lazy("Category")),
        DateColumn("start", gettext_lazy("Start"), sort="start"),
        EndColumn("end", gettext_lazy("End"), left=_left, sort=("end",), sm=5),
        Money("rent", gettext_lazy("Monthly rent (yuan)")),
        Money("open", gettext_lazy("To pay (yuan)"), sm=3),
        Money("deposit", gettext_lazy("Deposit agreed (yuan)"), hidden=True),
        Column("people", gettext_lazy("Occupants"), hidden=True),
    )
    filters = (
        ChoiceFilter("building", gettext_lazy("Building"), building_options, lookup="unit__building_id"),
        ChoiceFilter("category", gettext_lazy("Category"), Category.choices),
        DateRangeFilter("end", gettext_lazy("End")),
    )
    form_class = LeaseForm
    fieldsets = (
        Fieldset(gettext_lazy("Who and where"), ("kind", "number", "unit", "resident")),
        Fieldset(
            gettext_lazy("Term and rent"),
            ("start", "end", "category", "rent", "deposit", "occupants", "valid_from"),
            gettext_lazy("Both days belong to the lease."),
        ),
        Fieldset(
            gettext_lazy("Billing"),
            ("tariffs",),
            gettext_lazy("The rent agreed is the price of a rent tariff; metered ones take the unit's meters."),
        ),
    )

    def with_related(self, rows: QuerySet[Tenure]) -> QuerySet[Tenure]:
        return with_terms(rows)

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        parents = []
        if user_of(request).may("premises.view", row.property_id):
            parents.append((row.unit.label, self.site.consoles["units"].url("detail", row.unit_id)))
        until = str(row.end) if row.end is not None else _("open")
        return DetailPage(
            heading=row.number,
            tags=[tenure_state(row, local_today(row)), ("", str(row.get_category_display()))],
            subtitle=f"{row.unit.label} · {row.resident.name} · {row.start} – {until}",
            parents=parents,
        )

    def list_actions(self, request: HttpRequest) -> list[Action]:
        filings = Action(_("Filings"), self.site.consoles["filings"].url("list"), icon="file-certificate")
        if not self.may(request, EDIT):
            return [filings]
        return [filings, Action(_("Check in"), self.site.consoles["check-ins"].url("new"), icon="key")]

    def detail_actions(self, request: HttpRequest, row: Any) -> list[Action]:
        leaving = check_out_action(
            user_of(request), tenure_id=row.pk, property_id=row.property_id, kind=row.kind, state=row.state
        )
        account = BillingAccount.objects.filter(tenure=row).first()
        return [*abandoned_action(request, row), *leaving, *statement_action(request, account)]

    def history_rows(self, request: HttpRequest, row: Any) -> list[Model]:
        seen = user_of(request).may("contracts.view", row.property_id)
        return [row, *Contract.objects.filter(tenure=row)] if seen else [row]

    def detail_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        user, place = user_of(request), row.property_id
        context: dict[str, Any] = {
            "terms": list(TenureTerm.objects.filter(tenure=row).order_by("-valid_from")),
            "people": occupants_card(request, row),
            "filings": filings_card(request, row),
            "recurring": list(
                RecurringCharge.objects.filter(account__tenure=row)
                .select_related("tariff__fee_item", "space", "point")
                .order_by("tariff__fee_item__priority", "start", "pk")
            ),
            "may_edit": self.may_edit(request, row),
            "may_residents": user.may("residents.view", place),
            "may_move_in": self.may_edit(request, row) and may_move_in(row, local_today(row)),
            "check_in": CheckIn.objects.filter(tenure=row).first(),
            "may_charges": "recurring-charges" in self.site.consoles and user.may("tariffs.view", place),
            "today": local_today(row),
            "handovers": handovers_card(request, row),
            "contracts": contracts_card(request, row),
            "agreement_url": agreement_url(request, row),
            "tasks": tasks_card(user, place, tenure=row),
            **lease_going_on(request, row),
            **death_context(user, row.resident),
            **abandoned_context(row),
        }
        if user.may("bills.view", place):
            context["bills"] = tenure_bills(row)
        if user.may("metering.view", place):
            context["stops"] = reading_round(place, unit_ids=[row.unit_id])
        return context

    def initial(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        if row is None:
            return super().initial(request, None)
        return {
            "_exists": True,
            "_owned": row.kind == TenureKind.OWNERSHIP,
            **{name: getattr(row, name) for name in ("number", "category", "start", "end", "deposit", "rent")},
            "occupants": row.people,
        }

    def save(self, request: HttpRequest, form: Any, row: Any) -> Tenure:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        if row is None:
            owned = given["kind"] == TenureKind.OWNERSHIP
            given["kind"] = TenureKind(given["kind"])
            given["category"] = Category.OWNER if owned else given["category"] or Category.LONG_TERM
            return lease_let(**given)
        return self._revise(row, given)

    def consequences(self, request: HttpRequest, form: Any, row: Any) -> Consequences:
        if row is None:
            return new_lease_panel(form.cleaned_data)
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        whole = form.is_valid() and form.has_changed()
        return lease_panel(row, local_today(row), (lambda held: self._revise(held, given)) if whole else None)

    def _revise(self, row: Any, given: dict[str, Any]) -> Tenure:
        kept = {"category": row.category, "rent": row.rent, "deposit": row.deposit}
        return tenure_revise(tenure=row, **{**kept, **given, "category": given.get("category") or row.category})
