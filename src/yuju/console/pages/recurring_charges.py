"""Recurring charges (计费项): what each lease is billed again and again, and what it will cost next."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from yuju.billing.choices import Basis, Cause
from yuju.billing.models import Charge, FeeItem, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing.line import Priced
from yuju.billing.pricing.sentence import calculation, lines, number
from yuju.billing.selectors.preview import Next, next_charge
from yuju.billing.services import recurring
from yuju.console.bulk.recurring import RECURRING_ACTIONS
from yuju.console.days import DayField
from yuju.console.finding import OfAccounts
from yuju.console.form_panels.charges import new_recurring_panel, recurring_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.console.pages.tariffs import price_now, price_unit
from yuju.console.price_panel import measure_of
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    Consequences,
    ConsoleForm,
    DateColumn,
    DetailPage,
    Fieldset,
    PickField,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.metering.models import Installation, MeteringPoint
from yuju.premises.models import ParkingSpace, Property
from yuju.reporting.bill_sheets import charges_to_read
from yuju.residency.models import Tenure

VIEW, EDIT = "tariffs.view", "tariffs.edit"
LATEST = 12


def price_of_charge(charge: RecurringCharge) -> str:
    """The own price where one was agreed, else the tariff's of today."""
    if charge.rate is not None:
        unit = price_unit(charge.tariff)
        return _("%(price)s (own)") % {"price": f"{number(charge.rate, 2)} {unit}"}
    return price_now(charge.tariff)


def discount_text(charge: RecurringCharge) -> str:
    return f"{number(charge.discount * 100)}%" if charge.discount else ""


def about_text(charge: RecurringCharge) -> str:
    """The meter or parking space it is for."""
    if charge.space is not None:
        return str(charge.space.code)
    if charge.point is None:
        return ""
    standing = [installed.meter.serial for installed in charge.point.installations.all() if installed.end is None]
    return standing[0] if standing else str(charge.point.get_kind_display())


def tariff_options(request: HttpRequest) -> Iterable[tuple[int, str]]:
    chosen: Property | None = getattr(request, "property", None)
    rows = (
        Tariff.objects.visible_to(user_of(request), VIEW)
        .exclude(basis=Basis.ONCE)
        .select_related("property")
        .order_by("property__code", "code")
    )
    if chosen is not None:
        return [(one.pk, one.name) for one in rows.filter(property=chosen)]
    return [(one.pk, f"{one.property} · {one.name}") for one in rows]


def fee_options(request: HttpRequest) -> Iterable[tuple[int, str]]:
    return FeeItem.objects.order_by("priority", "pk").values_list("pk", "name")


def current(request: HttpRequest) -> Q:
    day = today(request)
    return Q(start__lte=day) & (Q(end=None) | Q(end__gte=day))


class PointField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A metering point, called by what it measures and the meter there."""

    def label_from_instance(self, obj: Any) -> str:
        serials = [installed.meter.serial for installed in obj.installations.all() if installed.end is None]
        return " ".join([str(obj.get_kind_display()), *serials])


class RecurringForm(ConsoleForm):
    """A tariff for a lease or ownership; of an existing one the days and the price agreed."""

    tariff = forms.ModelChoiceField(label=gettext_lazy("Tariff"), queryset=Tariff.objects.none())
    point = PointField(label=gettext_lazy("Meter"), queryset=MeteringPoint.objects.none(), required=False)
    space = PickField(ParkingSpace.objects.none(), slug="spaces", label=gettext_lazy("Parking space"), required=False)
    start = DayField(label=gettext_lazy("First day"))
    end = DayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: to the end of the lease.")
    )
    rate = forms.DecimalField(
        label=gettext_lazy("Own price (yuan)"),
        required=False,
        max_digits=16,
        decimal_places=6,
        help_text=gettext_lazy("Instead of the tariff's; in a formula it is rate."),
    )
    discount = forms.DecimalField(
        label=gettext_lazy("Discount (%)"), required=False, max_digits=7, decimal_places=4, initial=0
    )

    def narrow_choices(self) -> None:
        tenure = None if self.initial.get("_exists") else tenure_asked(self.request)
        if tenure is None:
            for name in ("tariff", "point", "space"):
                del self.fields[name]
            return
        cast(Any, self.fields["tariff"]).queryset = (
            Tariff.objects.filter(property_id=tenure.property_id).exclude(basis=Basis.ONCE).order_by("code")
        )
        standing = Prefetch("installations", Installation.objects.select_related("meter"))
        points = MeteringPoint.objects.filter(unit_id=tenure.unit_id).prefetch_related(standing)
        cast(Any, self.fields["point"]).queryset = points
        cast(Any, self.fields["space"]).queryset = ParkingSpace.objects.filter(property_id=tenure.property_id)

    def clean_discount(self) -> Decimal:
        return Decimal(self.cleaned_data["discount"] or 0)


def tenure_asked(request: HttpRequest) -> Tenure | None:
    """The lease or ownership the address names, where the user may bill it."""
    text = request.GET.get("tenure", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    found: Tenure | None = (
        Tenure.objects.visible_to(user_of(request), EDIT)
        .select_related("unit", "resident", "property")
        .filter(pk=int(text))
        .first()
    )
    return found


@console_site.register
class RecurringChargeConsole(OfAccounts[RecurringCharge]):
    """Recurring charges; a new one is made for a lease (`?tenure=`)."""

    model = RecurringCharge
    slug = "recurring-charges"
    title = gettext_lazy("Recurring charges")
    title_one = gettext_lazy("Recurring charge")
    icon = "repeat"
    group, order = GROUP_FEES, 250
    view_permission, edit_permission = VIEW, EDIT
    # The latest made first: no order of days has an index over all properties.
    ordering = ("-account_id",)
    points_at_many = True
    search_hint = gettext_lazy("Unit, resident, pinyin, lease")
    empty_text = gettext_lazy("A recurring charge binds a tariff to a lease: rent, fees, meters, parking.")
    detail_template = "console/billing/recurring.html"
    bulk_actions = RECURRING_ACTIONS
    form_class = RecurringForm
    tabs = (
        Tab("current", gettext_lazy("Current"), current),
        Tab("coming", gettext_lazy("To come"), lambda request: Q(start__gt=today(request))),
        Tab("ended", gettext_lazy("Ended"), lambda request: Q(end__lt=today(request))),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("unit.label", gettext_lazy("Unit"), sort="unit__sort_key", link=True, sm=1),
        Column("account.tenure.resident.name", gettext_lazy("Resident"), sm=2),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        Column("tariff.fee_item.name", gettext_lazy("Fee item"), sort="tariff__fee_item__priority", sm=3),
        Column("tariff.name", gettext_lazy("Tariff"), sort="tariff__name"),
        Column("price", gettext_lazy("Price"), value=price_of_charge, sm=4),
        Column("discount", gettext_lazy("Discount"), value=discount_text),
        Column("about", gettext_lazy("Meter or space"), value=about_text),
        DateColumn("start", gettext_lazy("Start"), sort="start"),
        DateColumn("end", gettext_lazy("End"), sort="end", sm=5),
        Column("account.tenure.number", gettext_lazy("Lease"), hidden=True),
    )
    filters = (
        ChoiceFilter("tariff", gettext_lazy("Tariff"), tariff_options, lookup="tariff_id"),
        ChoiceFilter("fee", gettext_lazy("Fee item"), fee_options, lookup="tariff__fee_item_id"),
    )
    cards = (
        Card(
            gettext_lazy("Agreed"),
            (
                Column("tariff.fee_item.name", gettext_lazy("Fee item")),
                Column("tariff.name", gettext_lazy("Tariff")),
                Column("price", gettext_lazy("Price"), value=price_of_charge),
                Column("discount", gettext_lazy("Discount"), value=discount_text),
                Column("about", gettext_lazy("Meter or space"), value=about_text),
                DateColumn("start", gettext_lazy("First day")),
                DateColumn("end", gettext_lazy("Last day")),
                DateColumn("billed_until", gettext_lazy("Paid through before")),
            ),
        ),
    )
    fieldsets = (
        Fieldset(gettext_lazy("What is billed"), ("tariff", "point", "space")),
        Fieldset(gettext_lazy("Days"), ("start", "end"), gettext_lazy("Both days are included.")),
        Fieldset(gettext_lazy("Agreed"), ("rate", "discount")),
    )

    def with_related(self, rows: QuerySet[RecurringCharge]) -> QuerySet[RecurringCharge]:
        standing = Prefetch("point__installations", Installation.objects.select_related("meter"))
        versions = Prefetch("tariff__versions", TariffVersion.objects.order_by("valid_from"))
        related = ("property", "unit", "space", "point", "tariff__fee_item", "account__tenure__resident")
        return rows.select_related(*related, "account__tenure__unit").prefetch_related(standing, versions)

    def pick_label(self, row: RecurringCharge) -> str:
        return _("%(unit)s %(item)s") % {"unit": row.unit.label, "item": row.tariff.fee_item.name}

    def may_create(self, request: HttpRequest) -> bool:
        return super().may_create(request) and tenure_asked(request) is not None

    def list_actions(self, request: HttpRequest) -> list[Action]:
        if not self.may(request, EDIT):
            return []
        return [Action(_("New recurring charge"), reverse("console:recurring-charge-lease"), icon="plus", primary=True)]

    def detail(self, request: HttpRequest, row: RecurringCharge) -> DetailPage:
        tenure = row.account.tenure
        day = today(request)
        tag = ("brand", _("current"))
        if row.start > day:
            tag = ("info", _("to come"))
        elif row.end is not None and row.end < day:
            tag = ("", _("ended"))
        leases = self.site.consoles["leases"]
        parents = []
        if leases.may(request, leases.view_permission, row):
            parents.append((tenure.number, leases.url("detail", tenure.pk)))
        return DetailPage(
            heading=self.pick_label(row),
            subtitle=f"{tenure.resident.name} · {tenure.number}",
            tags=[tag],
            parents=parents,
        )

    def detail_context(self, request: HttpRequest, row: RecurringCharge) -> dict[str, Any]:
        standing = Charge.objects.filter(recurring=row, voids=None).exclude(run__state="draft")
        return {
            "coming": coming(row, next_charge(row)),
            "is_metered": row.tariff.basis == Basis.METERED,
            "charges": list(charges_to_read(standing).select_related("bill", "run").order_by("-start", "-pk")[:LATEST]),
            "may_edit": self.may(request, EDIT, row),
            "tariff_url": self.site.consoles["tariffs"].url("detail", row.tariff_id),
            "billed": recurring.billed_through(row),
        }

    def initial(self, request: HttpRequest, row: RecurringCharge | None) -> dict[str, Any]:
        if row is None:
            tenure = tenure_asked(request)
            return {"start": tenure.start if tenure else None, "end": tenure.end if tenure else None, "discount": 0}
        discount = Decimal(number(row.discount * 100).replace(",", ""))
        return {"_exists": True, "start": row.start, "end": row.end, "rate": row.rate, "discount": discount}

    def consequences(self, request: HttpRequest, form: Any, row: RecurringCharge | None) -> Consequences | None:
        complete, given = form.is_valid(), form.cleaned_data
        if row is not None:
            return recurring_panel(given, row, complete, user_of(request), timezone.now())
        tenure = tenure_asked(request)
        return None if tenure is None else new_recurring_panel(given, tenure, complete)

    def save(self, request: HttpRequest, form: Any, row: RecurringCharge | None) -> RecurringCharge:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        if row is not None:
            return recurring.recurring_charge_change(charge=row, **given)
        tenure = tenure_asked(request)
        if tenure is None:
            raise Http404
        return recurring.recurring_charge_add(tenure=tenure, **given)


def coming(charge: RecurringCharge, found: Next | None) -> dict[str, Any] | None:
    """What will be billed next, in words."""
    if found is None:
        return None
    measure = measure_of(charge.tariff.fee_item.category)
    shown: dict[str, Any] = {"start": found.start, "end": found.end, "on": found.bill_date, "due": found.due_date}
    if isinstance(found.price, Priced):
        document = found.price.derivation.document()
        return {
            **shown,
            "amount": found.price.amount,
            "gross": found.price.gross,
            "discount": found.price.discount,
            "calculation": calculation(document, unit=measure),
            "parts": lines(document, unit=measure),
        }
    return {**shown, "cause": str(Cause(found.price.cause.value).label)}


class LeaseForm(ConsoleForm):
    """Which lease is billed."""

    tenure = PickField(Tenure.objects.none(), slug="leases", label=gettext_lazy("Lease or ownership"))

    def narrow_choices(self) -> None:
        cast(PickField, self.fields["tenure"]).queryset = Tenure.objects.visible_to(user_of(self.request), EDIT)


@console_site.page(
    "recurring-charge-lease", title="", permission=EDIT, route="recurring-charges/for/", in_navigation=False
)
@require_GET
def lease_page(request: HttpRequest) -> HttpResponseBase:
    """The first step of a new recurring charge: whose it is."""
    console = console_site.consoles["recurring-charges"]
    asked = "tenure" in request.GET or "tenure_typed" in request.GET
    form = LeaseForm(request.GET if asked else None, request=request)
    if asked and form.is_valid():
        return HttpResponseRedirect(f"{console.url('new')}?tenure={form.cleaned_data['tenure'].pk}")
    context = {
        "console": console,
        "form": form,
        "faults": [field for field in form if field.errors] if asked else [],
        "changed": None,
        "list_url": console.url("list"),
    }
    return render(request, "console/billing/recurring_for.html", context)


@console_site.page(
    "recurring-charge-end", title="", permission=EDIT, route="recurring-charges/<int:pk>/end", in_navigation=False
)
@require_POST
def end_charge(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a recurring charge on a day."""
    console: Any = console_site.consoles["recurring-charges"]
    charge = console.get(request, pk, EDIT)
    field = DayField()
    try:
        day = field.clean(request.POST.get("end", ""))
        recurring.recurring_charge_end(charge=charge, end=day, by=user_of(request), at=timezone.now())
    except forms.ValidationError:
        toast_add(request, _("A day is expected, such as 2026-12-31."), kind="bad")
    except Refused as refused:
        toast_add(request, refused, kind="bad")
    else:
        toast_add(request, _("It ends on %(day)s") % {"day": day})
    return HttpResponseRedirect(console.detail_url(charge))
