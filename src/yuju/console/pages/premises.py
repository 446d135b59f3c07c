"""Premises: properties, buildings, units and parking spaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db import transaction
from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.billing.choices import Basis
from yuju.billing.models import Tariff
from yuju.billing.selectors.offered import standard_tariffs
from yuju.billing.services.standard import standard_tariffs_set
from yuju.console.bulk.premises import SPACE_ACTIONS, UNIT_ACTIONS
from yuju.console.form_panels import premises as panels
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.task_card import tasks_card
from yuju.identity.models import User
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConditionFilter,
    Consequences,
    ConsoleModelForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    NumberColumn,
    console_site,
)
from yuju.metering.models import Installation
from yuju.premises import services
from yuju.premises.models import Building, ParkingSpace, Property, Unit, UnitFact
from yuju.premises.searching import UNIT
from yuju.residency.choices import Category
from yuju.residency.models import Tenure
from yuju.residency.selectors import lived_on

VIEW, EDIT = "premises.view", "premises.edit"


def user_of(request: HttpRequest) -> User:
    """The signed-in user; the pages are guarded before they ask."""
    return cast(User, request.user)


def editable_properties(request: HttpRequest) -> QuerySet[Property]:
    """The properties where the user may change premises."""
    return Property.objects.visible_to(user_of(request), EDIT).order_by("code", "pk")


def building_options(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """The buildings under the property switcher, for a filter."""
    chosen: Property | None = getattr(request, "property", None)
    buildings = Building.objects.visible_to(user_of(request), VIEW).order_by("property__code", "sort_key", "pk")
    if chosen is not None:
        return [(one.pk, str(one)) for one in buildings.filter(property=chosen)]
    return [(one.pk, f"{one.property} · {one}") for one in buildings.select_related("property")]


def occupied_on(request: HttpRequest) -> Q:
    """Units in which somebody lives today, by lease or ownership."""
    return Q(Exists(Tenure.objects.filter(lived_on(today(request)), unit_id=OuterRef("pk"))))


def _count(model: type[Model], owner: str) -> Coalesce:
    """How many rows of a model point at each row, counted by itself, so that two counts do not multiply."""
    rows = model._default_manager.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def _standard_field(label: Any) -> forms.ModelMultipleChoiceField[Tariff]:
    return forms.ModelMultipleChoiceField(
        Tariff.objects.none(), label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


class PropertyForm(ConsoleModelForm):
    """A form whose `property` is one the user may change, and which keeps the property of what exists."""

    def narrow_choices(self) -> None:
        if self.instance.pk is not None:
            del self.fields["property"]
            return
        offered = editable_properties(self.request)
        field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        field.queryset = offered
        chosen: Property | None = getattr(self.request, "property", None)
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)
        if chosen is not None or offered.count() == 1:
            field.empty_label = None


STANDARD = {"standard_long": Category.LONG_TERM, "standard_short": Category.SHORT_TERM}
"""The fields that say what is billed as a rule, by category of stay."""


class PlaceForm(ConsoleModelForm):
    """A property; one that exists says what is ticked beforehand when somebody checks in."""

    standard_long = _standard_field(_("Ticked at check-in, long-term"))
    standard_short = _standard_field(_("Ticked at check-in, short-term"))

    class Meta:
        model = Property
        fields = ("code", "name", "address", "phone", "time_zone", "landlord", "landlord_code", "title_number")

    def narrow_choices(self) -> None:
        tariffs = Tariff.objects.none()
        if self.instance.pk is not None and user_of(self.request).may("tariffs.view", self.instance.pk):
            tariffs = Tariff.objects.filter(property=self.instance).exclude(basis=Basis.ONCE)
        for name in STANDARD:
            if tariffs.exists():
                field = cast("forms.ModelMultipleChoiceField[Tariff]", self.fields[name])
                field.queryset = tariffs.order_by("fee_item__priority", "code")
            else:
                del self.fields[name]


@console_site.register
class PropertyConsole(ModelConsole[Property]):
    """Properties (项目). Only who may change every property makes new ones."""

    model = Property
    slug = "properties"
    title = _("Properties")
    title_one = _("Property")
    icon = "building-community"
    group, order = GROUP_TENANCY, 60
    view_permission, edit_permission = VIEW, EDIT
    property_path = "pk"
    ordering = ("code",)
    search_fields = ("code", "name", "address")
    found_anywhere = True
    search_hint = _("Code, name, address")
    empty_text = _("A property holds buildings, units, residents and bills together.")
    columns = (
        Column("name", _("Property"), sort=("name", "code"), link=True, sm=1),
        Column("code", _("Code"), sort="code", sm=2),
        Column("address", _("Address"), sm=4),
        Column("phone", _("Phone")),
        NumberColumn("building_count", _("Buildings")),
        NumberColumn("unit_count", _("Units"), unit=pgettext_lazy("counted", "units"), sm=3),
    )
    cards = (
        Card(
            _("Basic facts"),
            (
                Column("code", _("Code")),
                Column("name", _("Name")),
                Column("address", _("Address")),
                Column("phone", _("Phone")),
                Column("time_zone", _("Time zone")),
            ),
        ),
        Card(
            _("In contracts"),
            (
                Column("landlord", _("Landlord")),
                Column("landlord_code", _("Credit code")),
                Column("title_number", _("Title number")),
            ),
        ),
        Card(_("Size"), (NumberColumn("building_count", _("Buildings")), NumberColumn("unit_count", _("Units")))),
    )
    form_class = PlaceForm
    fieldsets = (
        Fieldset(_("Property"), ("code", "name")),
        Fieldset(
            _("Address"), ("address", "phone", "time_zone"), _("The time zone decides which day it is for bills.")
        ),
        Fieldset(
            _("In contracts"),
            ("landlord", "landlord_code", "title_number"),
            _("Without a landlord contracts name the operator. A unit may have a title number of its own."),
        ),
        Fieldset(
            _("Billed as a rule"),
            tuple(STANDARD),
            _("Of the rents the one is ticked that fits the way of paying; here it decides among several."),
        ),
    )

    def scoped(self, request: HttpRequest) -> QuerySet[Property]:
        return self.permitted(request, self.view_permission)

    def with_related(self, rows: QuerySet[Property]) -> QuerySet[Property]:
        return rows.annotate(building_count=_count(Building, "property"), unit_count=_count(Unit, "property"))

    def may_create(self, request: HttpRequest) -> bool:
        return super().may_create(request) and self.scope(request, self.edit_permission) is None

    def detail_actions(self, request: HttpRequest, row: Property) -> list[Action]:
        if not self.may_edit(request, row):
            return []
        reminders = reverse("console:property-reminders", args=[row.pk])
        filing = reverse("console:property-filing", args=[row.pk])
        term = reverse("console:abandoned-term", args=[row.pk])
        return [
            Action(_("Filing rules"), filing, icon="file-certificate"),
            Action(_("Reminders before a lease ends"), reminders, icon="bell"),
            Action(_("Term of notices on abandoned rooms"), term, icon="door-off"),
        ]

    def consequences(self, request: HttpRequest, form: Any, row: Property | None) -> Consequences | None:
        return panels.property_panel(form.cleaned_data, row, timezone.now())

    def initial(self, request: HttpRequest, row: Property | None) -> dict[str, Any]:
        given = super().initial(request, row)
        if row is not None:
            standard = standard_tariffs(row)
            given |= {name: sorted(standard.get(category, ())) for name, category in STANDARD.items()}
        return given

    @transaction.atomic
    def save(self, request: HttpRequest, form: Any, row: Property | None) -> Property:
        who: dict[str, Any] = {"by": user_of(request), "at": timezone.now()}
        given = {name: value for name, value in form.cleaned_data.items() if name not in STANDARD}
        if row is None:
            return services.property_create(**given, **who)
        for name, category in STANDARD.items():
            if name in form.cleaned_data:
                standard_tariffs_set(property=row, category=category, tariffs=form.cleaned_data[name], **who)
        return services.property_change(property=row, **given, **who)


@console_site.register
class BuildingConsole(ModelConsole[Building]):
    """Buildings (楼栋)."""

    model = Building
    slug = "buildings"
    title = _("Buildings")
    title_one = _("Building")
    icon = "building"
    group, order = GROUP_TENANCY, 50
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("sort_key",)
    search_fields = ("code", "name")
    found_anywhere = True
    search_hint = _("Building, name")
    empty_text = _("Buildings hold the units. Import them from Excel or add them one by one.")
    columns = (
        Column("code", _("Building"), sort="sort_key", link=True, sm=1),
        Column("name", _("Name"), sort="name", sm=2),
        Column("property", _("Property"), sort="property__code", across=True, sm=4),
        NumberColumn("floors", _("Floors"), sort="floors"),
        NumberColumn("unit_count", _("Units"), unit=pgettext_lazy("counted", "units"), sm=3),
    )
    cards = (
        Card(
            _("Basic facts"),
            (
                Column("property", _("Property")),
                Column("code", _("Building")),
                Column("name", _("Name")),
                NumberColumn("floors", _("Floors")),
                NumberColumn("unit_count", _("Units")),
            ),
        ),
    )
    form_class = forms.modelform_factory(Building, form=PropertyForm, fields=("property", "code", "name", "floors"))
    fieldsets = (
        Fieldset(_("Building"), ("property", "code", "name", "floors"), _("The code is what people say: 3栋.")),
    )

    def with_related(self, rows: QuerySet[Building]) -> QuerySet[Building]:
        return rows.select_related("property").annotate(unit_count=_count(Unit, "building"))

    def detail_actions(self, request: HttpRequest, row: Building) -> list[Action]:
        units = self.site.consoles["units"].url("list")
        return [Action(_("Units"), f"{units}?building={row.pk}", icon="door")]

    def consequences(self, request: HttpRequest, form: Any, row: Building | None) -> Consequences | None:
        return panels.building_panel(form.cleaned_data, row)

    def save(self, request: HttpRequest, form: Any, row: Building | None) -> Building:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return services.building_create(**given) if row is None else services.building_change(building=row, **given)


class UnitForm(ConsoleModelForm):
    """A unit; a changed area or floor may be given the day from which it holds."""

    valid_from = forms.DateField(
        label=_("Area and floor hold from"),
        required=False,
        help_text=_("Leave it empty to correct a mistake: the new values then replace the latest ones."),
    )

    class Meta:
        model = Unit
        fields = ("building", "entrance", "number", "layout", "title_number", "floor", "area")

    def narrow_choices(self) -> None:
        if self.instance.pk is not None:
            del self.fields["building"]
            return
        del self.fields["valid_from"]
        chosen: Property | None = getattr(self.request, "property", None)
        offered = Building.objects.visible_to(user_of(self.request), EDIT).order_by("property__code", "sort_key")
        field = cast("forms.ModelChoiceField[Building]", self.fields["building"])
        field.queryset = offered if chosen is None else offered.filter(property=chosen)


@console_site.register
class UnitConsole(ModelConsole[Unit]):
    """Units (房间)."""

    model = Unit
    slug = "units"
    title = _("Units")
    title_one = _("Unit")
    icon = "door"
    group, order = GROUP_TENANCY, 40
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("sort_key",)
    search_kind = UNIT
    search_hint = _("Building, unit")
    empty_text = _("Import the units from Excel or add them one by one.")
    columns = (
        Column("label", _("Unit"), sort="sort_key", link=True, sm=1),
        Column("property", _("Property"), across=True, sort="property__code", sm=5),
        Column("building", _("Building")),
        Column("entrance", _("Entrance"), hidden=True),
        Column("number", _("Unit number"), hidden=True),
        NumberColumn("floor", _("Floor"), sort=("floor", "sort_key")),
        Column("layout", _("Layout"), sort=("layout", "sort_key"), sm=4),
        NumberColumn("area", _("Chargeable area (m²)"), places=2, unit="m²", sort=("area", "sort_key"), sm=3),
    )
    filters = (
        ChoiceFilter("building", _("Building"), building_options),
        ConditionFilter(
            "occupied",
            _("State"),
            lambda request: [
                ("yes", _("Occupied"), occupied_on(request)),
                ("no", _("Vacant"), ~occupied_on(request)),
            ],
        ),
        ConditionFilter(
            "area", _("Area"), [("none", _("Not recorded"), Q(area=None)), ("known", _("Recorded"), ~Q(area=None))]
        ),
    )
    cards = (
        Card(
            _("Basic facts"),
            (
                Column("property", _("Property")),
                Column("building", _("Building")),
                Column("entrance", _("Entrance")),
                Column("number", _("Unit number")),
                NumberColumn("floor", _("Floor")),
                Column("layout", _("Layout")),
                NumberColumn("area", _("Chargeable area (m²)"), places=2),
                Column("title_number", _("Title number")),
            ),
        ),
    )
    bulk_actions = UNIT_ACTIONS
    form_class = UnitForm
    fieldsets = (
        Fieldset(_("Unit"), ("building", "entrance", "number", "layout", "title_number")),
        Fieldset(_("Area and floor"), ("area", "floor", "valid_from"), _("Bills use the area that holds on each day.")),
    )
    detail_template = "console/premises/unit.html"

    def with_related(self, rows: QuerySet[Unit]) -> QuerySet[Unit]:
        return rows.select_related("property", "building")

    def pick_hint(self, row: Unit) -> str:
        return str(row.property)

    def detail(self, request: HttpRequest, row: Unit) -> DetailPage:
        building = self.site.consoles["buildings"]
        return DetailPage(
            heading=row.label,
            subtitle=row.property,
            parents=[(str(row.building), building.url("detail", row.building_id))],
        )

    def detail_actions(self, request: HttpRequest, row: Unit) -> list[Action]:
        check_ins = self.site.consoles.get("check-ins")
        if check_ins is None or not check_ins.may(request, check_ins.edit_permission, row):
            return []
        return [Action(_("Check in"), f"{check_ins.url('new')}?unit={row.pk}", icon="key")]

    def detail_context(self, request: HttpRequest, row: Unit) -> dict[str, Any]:
        user = user_of(request)
        shown = Prefetch(
            "installations", Installation.objects.filter(end=None).select_related("meter"), to_attr="standing"
        )
        context: dict[str, Any] = {
            "facts": list(UnitFact.objects.filter(unit=row).order_by("-valid_from")[:20]),
            "tasks": tasks_card(user, row.property_id, unit=row),
        }
        if user.may("leases.view", row.property_id):
            tenures = Tenure.objects.filter(unit=row).select_related("resident").order_by("-start")[:20]
            context["tenures"] = [
                (one, self._url_of("residents", one.resident_id), self._url_of("leases", one.pk)) for one in tenures
            ]
        if user.may("metering.view", row.property_id):
            context["points"] = list(row.metering_points.prefetch_related(shown).order_by("kind", "pk"))
        return context

    def _url_of(self, slug: str, pk: int) -> str:
        known: dict[str, ModelConsole[Any]] = self.site.consoles
        return known[slug].url("detail", pk) if slug in known else ""

    def consequences(self, request: HttpRequest, form: Any, row: Unit | None) -> Consequences | None:
        return panels.unit_panel(form.cleaned_data, row, user_of(request), timezone.now())

    def save(self, request: HttpRequest, form: Any, row: Unit | None) -> Unit:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return services.unit_create(**given) if row is None else services.unit_change(unit=row, **given)


@console_site.register
class SpaceConsole(ModelConsole[ParkingSpace]):
    """Parking spaces (车位)."""

    model = ParkingSpace
    slug = "spaces"
    title = _("Parking spaces")
    title_one = _("Parking space")
    icon = "parking"
    group, order = GROUP_TENANCY, 55
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("sort_key",)
    search_fields = ("code", "location")
    found_by = ("code",)
    search_hint = _("Number, location")
    empty_text = _("Import the parking spaces from Excel or add them one by one.")
    columns = (
        Column("code", _("Parking space"), sort="sort_key", link=True, sm=1),
        Column("location", _("Location"), sort=("location", "sort_key"), sm=3),
        Column("property", _("Property"), sort="property__code", across=True, sm=4),
    )
    cards = (
        Card(
            _("Basic facts"),
            (Column("property", _("Property")), Column("code", _("Number")), Column("location", _("Location"))),
        ),
    )
    bulk_actions = SPACE_ACTIONS
    form_class = forms.modelform_factory(ParkingSpace, form=PropertyForm, fields=("property", "code", "location"))
    fieldsets = (Fieldset(_("Parking space"), ("property", "code", "location")),)

    def with_related(self, rows: QuerySet[ParkingSpace]) -> QuerySet[ParkingSpace]:
        return rows.select_related("property")

    def consequences(self, request: HttpRequest, form: Any, row: ParkingSpace | None) -> Consequences | None:
        return panels.space_panel(row, user_of(request), timezone.now())

    def save(self, request: HttpRequest, form: Any, row: ParkingSpace | None) -> ParkingSpace:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return services.space_create(**given) if row is None else services.space_change(space=row, **given)
