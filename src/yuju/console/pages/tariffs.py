"""Tariffs (收费标准): list, form, prices over time, and what a price comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.billing.choices import RECURRING_BASES, Basis, RunState
from yuju.billing.models import Charge, FeeItem, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing.sentence import formula_words, number
from yuju.billing.pricing.tiers import parse_tiers
from yuju.billing.services import fee_items, tariffs
from yuju.console.days import DayField
from yuju.console.form_panels.charges import price_changes, tariff_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.console.price_panel import measure_of, saved_panel, typed_panel
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    Consequences,
    ConsoleForm,
    ConsoleModelForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    NumberColumn,
    RowContext,
    StateColumn,
    bound_fieldsets,
    console_site,
    go_to,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property

VIEW, EDIT = "tariffs.view", "tariffs.edit"
CYCLES = [
    (1, gettext_lazy("Every month")),
    (2, gettext_lazy("Every two months")),
    (3, gettext_lazy("Every quarter")),
    (6, gettext_lazy("Every half year")),
    (12, gettext_lazy("Every year")),
]


def price_unit(tariff: Tariff) -> str:
    """What a tariff's rate is for."""
    measure = measure_of(tariff.fee_item.category)
    return {
        Basis.FLAT: _("yuan a month"),
        Basis.AREA: _("yuan per m² and month"),
        Basis.HEADCOUNT: _("yuan per person and month"),
        Basis.METERED: _("yuan per %(measure)s") % {"measure": measure} if measure else _("yuan per unit"),
        Basis.FORMULA: _("yuan"),
        Basis.ONCE: _("yuan"),
    }[Basis(tariff.basis)]


def price_text(tariff: Tariff, version: TariffVersion | None) -> str:
    """A version's price in one line."""
    if version is None:
        return ""
    if version.formula:
        text = formula_words(version.formula)
        if version.rate is None:
            return text
        return _("%(formula)s, rate %(rate)s") % {"formula": text, "rate": number(version.rate, 2)}
    if version.tiers:
        return _(" · ").join(_tier_texts(version.tiers))
    if version.rate is None:
        return _("each recurring charge has its own")
    return f"{number(version.rate, 2)} {price_unit(tariff)}"


def _tier_texts(tiers: str) -> Iterator[str]:
    """Each tier with its price: `0–180: 5.00`, the last one `>260: 9.00`."""
    below = "0"
    for step in parse_tiers(tiers).steps:
        span = f">{below}" if step.upto is None else f"{below}–{number(step.upto)}"
        yield f"{span}{_(': ')}{number(step.price, 2)}"
        below = "" if step.upto is None else number(step.upto)


def version_now(tariff: Tariff, day: Any) -> TariffVersion | None:
    """The version in force on a day, or the first where none is yet."""
    versions = sorted(tariff.versions.all(), key=lambda version: version.valid_from)
    begun = [version for version in versions if version.valid_from <= day]
    return begun[-1] if begun else versions[0] if versions else None


def price_now(tariff: Tariff) -> str:
    return price_text(tariff, version_now(tariff, timezone.localdate()))


class TariffForm(ConsoleModelForm):
    """A tariff; a new one with its first price."""

    fee_item = forms.ModelChoiceField(label=gettext_lazy("Fee item"), queryset=FeeItem.objects.none())
    basis = forms.ChoiceField(label=gettext_lazy("Basis"), choices=RECURRING_BASES)
    cycle_months = forms.TypedChoiceField(label=gettext_lazy("Cycle"), coerce=int, choices=CYCLES)
    valid_from = DayField(label=gettext_lazy("Price holds from"))
    rate = forms.DecimalField(
        label=gettext_lazy("Price (yuan)"),
        required=False,
        max_digits=16,
        decimal_places=6,
        help_text=gettext_lazy(
            "A month, per m² or person and month, or per unit consumed. Empty: agreed case by case."
        ),
    )
    tiers = forms.CharField(
        label=gettext_lazy("Tiers"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "For metered tariffs: 180:5.00;260:7.00;*:9.00 is up to 180 at 5.00, up to 260 at 7.00, the rest at 9.00."
        ),
    )
    formula = forms.CharField(
        label=gettext_lazy("Formula"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "The price of one full month. Names: area, rate, occupants, rent, floor; signs + - * / ( ), min, max, round(x, n)."
        ),
    )

    class Meta:
        model = Tariff
        fields = (
            "property",
            "code",
            "name",
            "fee_item",
            "basis",
            "tier_scope",
            "cycle_months",
            "anchor",
            "timing",
            "lead_days",
            "due_days",
            "proration",
            "rounding",
        )

    def narrow_choices(self) -> None:
        fee_items.fee_items_ensure()
        field: Any = self.fields["fee_item"]
        field.queryset = FeeItem.objects.order_by("priority", "pk")
        if self.instance.pk is not None:
            for name in ("property", "valid_from", "rate", "tiers", "formula"):
                del self.fields[name]
            return
        offered = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        place = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        place.queryset = offered
        chosen: Property | None = getattr(self.request, "property", None)
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)
        if chosen is not None or offered.count() == 1:
            place.empty_label = None
        self.initial.setdefault("valid_from", today(self.request).replace(day=1))


MANY = 1000
"""Up to here the recurring charges of a tariff are counted one by one."""


class CountUpTo(NumberColumn):
    """A number that is not counted beyond `MANY`."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        return self.exported(row, context) if value > MANY else super().show(value, row, context)

    def exported(self, row: Any, context: RowContext) -> Any:
        value = self.get(row)
        return f"{MANY:,}+" if value > MANY else value


IN_USE = CountUpTo("use_count", gettext_lazy("In use"))


@console_site.register
class TariffConsole(ModelConsole[Tariff]):
    """Tariffs."""

    model = Tariff
    slug = "tariffs"
    title = gettext_lazy("Tariffs")
    title_one = gettext_lazy("Tariff")
    icon = "tag"
    group, order = GROUP_FEES, 260
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("property__code", "fee_item__priority", "code")
    search_fields = ("code", "name", "fee_item__name")
    found_anywhere = True
    search_hint = gettext_lazy("Code, name, fee item")
    empty_text = gettext_lazy("A tariff says how a fee item is priced: by month, area, person, meter or formula.")
    detail_template = "console/billing/tariff.html"
    form_class = TariffForm
    columns = (
        Column("name", gettext_lazy("Tariff"), sort=("name",), link=True, sm=1),
        Column("code", gettext_lazy("Code"), sort="code", sm=2),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        Column("fee_item.name", gettext_lazy("Fee item"), sort=("fee_item__priority",), sm=3),
        StateColumn("basis", gettext_lazy("Basis")),
        Column("price", gettext_lazy("Price today"), value=price_now, sm=4),
        Column("cycle", gettext_lazy("Cycle"), value=lambda tariff: cycle_text(tariff), sm=5),
        IN_USE,
    )
    filters = (
        ChoiceFilter("fee", gettext_lazy("Fee item"), lambda request: fee_options(), lookup="fee_item_id"),
        ChoiceFilter("basis", gettext_lazy("Basis"), RECURRING_BASES),
    )
    cards = (
        Card(
            gettext_lazy("Terms"),
            (
                Column("fee_item.name", gettext_lazy("Fee item")),
                StateColumn("basis", gettext_lazy("Basis")),
                Column("cycle", gettext_lazy("Cycle"), value=lambda tariff: cycle_text(tariff)),
                Column("timing", gettext_lazy("Billed"), value=lambda tariff: timing_text(tariff)),
                Column("proration", gettext_lazy("Broken months"), value=lambda tariff: proration_text(tariff)),
                Column("rounding", gettext_lazy("Rounded to"), value=lambda tariff: tariff.get_rounding_display()),
                Column("tier_scope", gettext_lazy("Tiers count"), value=lambda tariff: scope_text(tariff)),
                IN_USE,
            ),
        ),
    )
    fieldsets = (
        Fieldset(gettext_lazy("Tariff"), ("property", "code", "name", "fee_item")),
        Fieldset(
            gettext_lazy("Price"),
            ("basis", "valid_from", "rate", "tiers", "tier_scope", "formula"),
            gettext_lazy("Later prices are added on the tariff's page, each with its day."),
        ),
        Fieldset(
            gettext_lazy("Periods"),
            ("cycle_months", "anchor", "timing", "lead_days", "due_days"),
            gettext_lazy(
                "Meters are billed reading by reading; cycle, timing and broken months do not matter for them."
            ),
        ),
        Fieldset(gettext_lazy("Rounding"), ("proration", "rounding")),
    )

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[Tariff]:
        # What one-off amounts stand under is nobody's to price or bind.
        return super().permitted(request, permission).exclude(basis=Basis.ONCE)

    def with_related(self, rows: QuerySet[Tariff]) -> QuerySet[Tariff]:
        day = timezone.localdate()
        used = RecurringCharge.objects.filter(Q(end=None) | Q(end__gte=day), tariff=OuterRef("pk")).order_by()
        # Nobody needs to know of the hundred thousandth, and it takes long to count so far.
        counted = Func(
            ArraySubquery(used.values("pk")[: MANY + 1]), function="cardinality", output_field=IntegerField()
        )
        return rows.select_related("property", "fee_item").prefetch_related("versions").annotate(use_count=counted)

    def detail(self, request: HttpRequest, row: Tariff) -> DetailPage:
        tags = [("bad", _("no price yet"))] if not row.versions.all() else []
        return DetailPage(heading=row.name, subtitle=f"{row.code} · {row.property}", tags=tags)

    def detail_actions(self, request: HttpRequest, row: Tariff) -> list[Action]:
        found = []
        charges = self.site.consoles.get("recurring-charges")
        if charges is not None and charges.may(request, charges.view_permission, row):
            found.append(
                Action(_("Recurring charges"), f"{charges.url('list')}?tab=all&tariff={row.pk}", icon="repeat")
            )
        if self.may(request, EDIT, row):
            url = reverse("console:tariff-version-new", args=[row.pk])
            found.append(Action(_("New price"), url, icon="plus", primary=True))
        return found

    def detail_context(self, request: HttpRequest, row: Tariff) -> dict[str, Any]:
        day = today(request)
        current = version_now(row, day)
        versions = sorted(row.versions.all(), key=lambda version: version.valid_from, reverse=True)
        return {
            "versions": [
                {
                    "version": version,
                    "price": price_text(row, version),
                    "steps": parse_tiers(version.tiers).steps if version.tiers else [],
                    "is_current": version == current and version.valid_from <= day,
                    "is_coming": version.valid_from > day,
                    "removable": version.valid_from > day and len(versions) > 1,
                }
                for version in versions
            ],
            "measure": measure_of(row.fee_item.category),
            "may_edit": self.may(request, EDIT, row),
            "panel": saved_panel(row, request.GET, day),
            "try_url": self.detail_url(row),
        }

    def initial(self, request: HttpRequest, row: Tariff | None) -> dict[str, Any]:
        given = super().initial(request, row)
        if row is not None:
            given |= {"fee_item": row.fee_item_id, "cycle_months": row.cycle_months}
        return given

    def consequences(self, request: HttpRequest, form: Any, row: Tariff | None) -> Consequences:
        return tariff_panel(form.data, row, today(request))

    def save(self, request: HttpRequest, form: Any, row: Tariff | None) -> Tariff:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return tariffs.tariff_create(**given) if row is None else tariffs.tariff_change(tariff=row, **given)


def cycle_text(tariff: Tariff) -> str:
    """How often a period begins, and where."""
    if tariff.basis == Basis.METERED:
        return _("each reading")
    cycle = str(dict(CYCLES)[tariff.cycle_months])
    return _("%(cycle)s, %(anchor)s") % {"cycle": cycle, "anchor": tariff.get_anchor_display()}


def timing_text(tariff: Tariff) -> str:
    """When a period is billed and due."""
    due = _("due after %(days)d days") % {"days": tariff.due_days}
    if tariff.basis == Basis.METERED:
        return _("on the day of the reading, %(due)s") % {"due": due}
    if tariff.timing == "advance":
        return _("%(days)d days before the period, %(due)s") % {"days": tariff.lead_days, "due": due}
    return _("the day after the period, %(due)s") % {"due": due}


def proration_text(tariff: Tariff) -> str:
    return "" if tariff.basis == Basis.METERED else str(cast(Any, tariff).get_proration_display())


def scope_text(tariff: Tariff) -> str:
    has_tiers = any(version.tiers for version in tariff.versions.all())
    return str(cast(Any, tariff).get_tier_scope_display()) if has_tiers else ""


def fee_options() -> Iterable[tuple[int, str]]:
    return FeeItem.objects.order_by("priority", "pk").values_list("pk", "name")


PRICE_HINT = gettext_lazy(
    "It holds from its day until the next one. A month takes the price in force on its first billed day."
)


class VersionForm(ConsoleForm):
    """A price from a day on; only what the tariff's basis takes."""

    valid_from = DayField(label=gettext_lazy("Price holds from"))
    rate = TariffForm.base_fields["rate"]
    tiers = TariffForm.base_fields["tiers"]
    formula = TariffForm.base_fields["formula"]

    def for_basis(self, basis: str) -> None:
        """Leaves out what the basis does not take."""
        takes = {Basis.FORMULA: ("rate", "formula"), Basis.METERED: ("rate", "tiers")}.get(Basis(basis), ("rate",))
        for name in ("rate", "tiers", "formula"):
            if name not in takes:
                del self.fields[name]


@console_site.page(
    "tariff-version-new", title="", permission=EDIT, route="tariffs/<int:pk>/versions/new/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def version_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A new price of a tariff."""
    console: Any = console_site.consoles["tariffs"]
    tariff = console.get(request, pk, EDIT)
    now = version_now(tariff, today(request))
    initial = {"rate": now.rate, "tiers": now.tiers, "formula": now.formula} if now else {}
    form = VersionForm(request.POST or None, request=request, initial=initial)
    form.for_basis(tariff.basis)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                tariffs.tariff_version_add(tariff=tariff, **form.cleaned_data, by=user_of(request), at=timezone.now())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            toast_add(request, _("Saved"))
            return go_to(request, console.detail_url(tariff))
    context = {
        "console": console,
        "row": tariff,
        "form": form,
        "groups": bound_fieldsets(form, (Fieldset(_("Price"), tuple(form.fields), PRICE_HINT),)),
        "faults": [field for field in form if field.errors],
        "heading": _("New price"),
        "row_name": tariff.name,
        "sub": f"{tariff.name} · {tariff.code} · {price_unit(tariff)}",
        "panel": _version_panel(request, tariff, form),
        "panel_url": reverse("console:tariff-version-panel", args=[tariff.pk]),
        "form_url": request.path,
        "list_url": console.url("list"),
        "back_url": console.detail_url(tariff),
    }
    return render(request, "kit/console/form.html", context, status=422 if form.errors else 200)


@console_site.page(
    "tariff-version-panel", title="", permission=EDIT, route="tariffs/<int:pk>/versions/panel", in_navigation=False
)
@require_POST
def version_panel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a price that is being typed comes to, and which charges it changes."""
    console: Any = console_site.consoles["tariffs"]
    tariff = console.get(request, pk, EDIT)
    form = VersionForm(request.POST, request=request)
    form.for_basis(tariff.basis)
    panel = _version_panel(request, tariff, form)
    return render(request, panel.template, {"panel": panel})


def _version_panel(request: HttpRequest, tariff: Tariff, form: VersionForm) -> Consequences:
    data = form.data if form.is_bound else {name: form[name].value() or "" for name in form.fields}
    whole = form.cleaned_data if form.is_bound and form.is_valid() else {}
    changes = price_changes(tariff, whole, today(request), user_of(request), timezone.now())
    context = {**typed_panel(data, today(request), tariff), "billed": _billed_after(tariff), "changes": changes}
    return Consequences(_("What it comes to"), template="console/billing/price_try.html", context=context)


def _billed_after(tariff: Tariff) -> Any:
    """The last day that was billed by a tariff, for whoever sets a new price."""
    issued = Charge.objects.filter(tariff=tariff, run__state=RunState.ISSUED).order_by(F("end").desc())
    return issued.values_list("end", flat=True).first()


@console_site.page(
    "tariff-version-remove",
    title="",
    permission=EDIT,
    route="tariffs/<int:pk>/versions/<int:version>/remove",
    in_navigation=False,
)
@require_POST
def version_remove(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Takes a price away that nothing was billed by."""
    console: Any = console_site.consoles["tariffs"]
    tariff = console.get(request, pk, EDIT)
    found = tariff.versions.filter(pk=version).first()
    if found is None:
        raise Http404
    try:
        with transaction.atomic():
            tariffs.tariff_version_remove(version=found, by=user_of(request), at=timezone.now())
    except Refused as refused:
        toast_add(request, refused, kind="bad")
    else:
        toast_add(request, _("The price was taken away"))
    return HttpResponseRedirect(console.detail_url(tariff))
