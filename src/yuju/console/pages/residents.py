"""Residents (住户): the list, everything about one of them, and the form with its checks while typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from yuju.billing.models import BillingAccount
from yuju.care.facts import Asked
from yuju.care.selectors import in_segment, segments_seen
from yuju.care.standing import care_of
from yuju.console.bulk.residents import RESIDENT_ACTIONS
from yuju.console.form_panels.residents import resident_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.deaths import EDIT as DEATHS
from yuju.console.pages.deaths import death_context, death_url
from yuju.console.pages.premises import building_options, user_of
from yuju.console.pages.statement import statement_action
from yuju.console.resident_forms import (
    OF_PERSONS,
    RESIDENT_FIELDSETS,
    TITLE_FIELDS,
    ResidentForm,
    kind_asked,
    title_initial,
)
from yuju.console.task_card import tasks_card
from yuju.console.templatetags.stays import BILL_TONES, tenure_state
from yuju.journeys.filing import person_file_anew
from yuju.kit import display
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConditionFilter,
    Consequences,
    DateColumn,
    DetailPage,
    Happening,
    Masked,
    ModelConsole,
    Money,
    RowContext,
    StateColumn,
    Tab,
    Tags,
    console_site,
)
from yuju.kit.console.filters import Condition
from yuju.kit.console.happenings import history_page
from yuju.kit.countries import country_name
from yuju.kit.dates import local_date
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.metering.selectors import reading_round
from yuju.reporting import resident_page as page
from yuju.reporting.collective_bills import CollectiveLine, company_bills
from yuju.reporting.company_page import company_occupants, company_units
from yuju.reporting.stays import (
    days_left,
    ending_soon,
    in_care,
    in_residence,
    is_over,
    resident_counts,
    stay_of,
    with_stays,
)
from yuju.residency import services
from yuju.residency.choices import Category, ResidentKind, TenureKind, TenureState
from yuju.residency.models import Resident, Tag, Tenure
from yuju.residency.searching import RESIDENT
from yuju.residency.selectors import lived_on

VIEW, EDIT, REVEAL = "residents.view", "residents.edit", "residents.reveal"
RESERVED, SIGNED = TenureState.RESERVED, TenureState.SIGNED
TABS = {
    "": "",
    "leases": "leases.view",
    "occupants": "leases.view",
    "bills": "bills.view",
    "meters": "metering.view",
    "history": VIEW,
}
"""The parts of a resident's page, and the permission each needs besides seeing the resident."""


def local_today(row: Any) -> Any:
    """Today at the property of a row."""
    return local_date(timezone.now(), row.property.time_zone)


def stay(resident: Any) -> Tenure | None:
    """Where somebody lives, or lived last."""
    return stay_of(resident.held, local_today(resident))


def lease_end(resident: Any) -> Any:
    found = stay(resident)
    return found.end if found is not None else None


def lease_days_left(resident: Any) -> int | None:
    """Days left of the lease of today, where they are few."""
    found = stay(resident)
    if found is None or found.kind != TenureKind.LEASE:
        return None
    return days_left(found.end, local_today(resident))


def _country(resident: Any) -> str:
    return country_name(resident.nationality) if resident.nationality else ""


def room(resident: Any) -> str:
    found = stay(resident)
    return found.unit.label if found is not None else ""


def tags(resident: Any) -> list[tuple[str, str]]:
    return [("" if one.tag.tone == "mute" else one.tag.tone, one.tag.name) for one in resident.labels]


def kind_tags(resident: Any) -> list[tuple[str, str]]:
    """That a resident is a company, as a tag; a person is nothing to be told."""
    return [("info", str(resident.get_kind_display()))] if resident.is_company else []


class EndColumn(DateColumn):
    """The last day of a stay, with the days left where they are few.

    Args:
        left: the days left of a row, or None.
    """

    def __init__(self, name: str, label: Any, *, left: Callable[[Any], int | None], **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.left = left

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        left = self.left(row)
        # On a narrow screen no heading says that it is the last day.
        day = format_html('<span data-until="{}">{}</span>', _("until"), display.day_html(value))
        if left is None:
            return day
        words = ngettext("%(count)d day left", "%(count)d days left", left) % {"count": left}
        return format_html('<span class="c-warn">{} {}</span>', day, words)


def building_conditions(request: HttpRequest) -> list[Condition]:
    """Residents by the building they live in today."""
    day = today(request)
    return [(str(key), name, partial(_lives_in, key, day)) for key, name in building_options(request)]


def _lives_in(building: int, day: date) -> Q:
    return Q(pk__in=Tenure.objects.filter(lived_on(day), unit__building_id=building).values("resident"))


def tag_conditions(request: HttpRequest) -> list[Condition]:
    return [
        (str(key), name, Q(pk__in=Tag.objects.filter(pk=key).values("residents")))
        for key, name in Tag.objects.order_by("name").values_list("pk", "name")
    ]


def segment_conditions(request: HttpRequest) -> list[Condition]:
    asked = Asked(today(request))
    seen = segments_seen(user_of(request), getattr(request, "property", None))
    return [(str(one.pk), one.name, partial(in_segment, one, asked)) for one in seen]


@console_site.register
class ResidentConsole(ModelConsole[Resident]):
    """Residents. Personal data is covered; uncovering one value is written down."""

    model = Resident
    slug = "residents"
    title = gettext_lazy("Residents")
    title_one = gettext_lazy("Resident")
    icon = "users"
    group, order = GROUP_TENANCY, 20
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("name_sort",)
    search_kind = RESIDENT
    search_hint = gettext_lazy("Name, pinyin initials, phone, unit")
    empty_text = gettext_lazy("Import the residents from Excel or register them one by one.")
    detail_template = "console/residency/resident.html"
    tabs = (
        Tab("living", gettext_lazy("In residence"), lambda request: in_residence(today(request))),
        Tab(
            "ending",
            gettext_lazy("Ends within 60 days"),
            lambda request: Q(pk__in=Tenure.objects.filter(ending_soon(today(request))).values("resident")),
        ),
        Tab("care", gettext_lazy("Care needed"), lambda request: in_care() & in_residence(today(request))),
        Tab(
            "documents",
            gettext_lazy("Documents missing"),
            lambda request: Q(id_number_hash="") & in_residence(today(request)),
        ),
        Tab("all", gettext_lazy("Everybody on file")),
    )
    columns = (
        Column("name", gettext_lazy("Resident"), sort="name_sort", cell="console/residency/name.html", sm=1),
        Column("room", gettext_lazy("Unit"), value=room, sm=2),
        Column("property", gettext_lazy("Property"), across=True),
        Tags("tags", gettext_lazy("Tags"), value=tags, sm=4),
        Masked("phone", gettext_lazy("Phone"), mask=mask_phone, permission=REVEAL),
        Masked("id_number", gettext_lazy("ID number"), mask=mask_id_number),
        EndColumn("lease_end", gettext_lazy("Lease ends"), value=lease_end, left=lease_days_left, sm=5),
        Money("open", gettext_lazy("To pay (yuan)"), settled=gettext_lazy("Paid up"), sm=3),
        StateColumn("category", gettext_lazy("Category"), hidden=True),
        StateColumn("kind", gettext_lazy("Person or company"), hidden=True),
        Column("contact_name", gettext_lazy("Contact person"), hidden=True),
        Column("ref", gettext_lazy("Number"), hidden=True),
    )
    filters = (
        ChoiceFilter("kind", gettext_lazy("Person or company"), ResidentKind.choices),
        ConditionFilter("building", gettext_lazy("Building"), building_conditions),
        ConditionFilter("tag", gettext_lazy("Tags"), tag_conditions),
        ChoiceFilter("category", gettext_lazy("Category"), Category.choices),
        ConditionFilter("segment", gettext_lazy("Segment"), segment_conditions),
    )
    cards = (
        Card(
            gettext_lazy("Personal data"),
            (
                Masked("phone", gettext_lazy("Phone"), mask=mask_phone, permission=REVEAL),
                Masked("id_number", gettext_lazy("ID number"), mask=mask_id_number, permission=REVEAL),
                Column("nationality", gettext_lazy("Nationality"), value=_country),
                Masked("emergency_phone", gettext_lazy("Emergency phone"), mask=mask_phone, permission=REVEAL),
            ),
        ),
    )
    bulk_actions = RESIDENT_ACTIONS
    form_class = ResidentForm
    fieldsets = RESIDENT_FIELDSETS

    def with_related(self, rows: QuerySet[Resident]) -> QuerySet[Resident]:
        return with_stays(rows.select_related("property"))

    def title_of_new(self, request: HttpRequest) -> Any:
        return ResidentKind.COMPANY.label if kind_asked(request) == ResidentKind.COMPANY else self.title_one

    def list_actions(self, request: HttpRequest) -> list[Action]:
        if not self.may_create(request):
            return []
        return [Action(_("New company"), f"{self.url('new')}?kind={ResidentKind.COMPANY}", icon="building")]

    def initial(self, request: HttpRequest, row: Resident | None) -> dict[str, Any]:
        return super().initial(request, row) | (title_initial(row) if row is not None else {})

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        return resident_counts(self.place_ids(request), today(request))

    def pick_hint(self, row: Resident) -> str:
        return mask_phone(row.phone) if row.phone else row.ref

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        found = stay(row)
        parents = []
        if found is not None and not row.is_company and user_of(request).may("premises.view", row.property_id):
            parents.append((found.unit.label, self.site.consoles["units"].url("detail", found.unit_id)))
        return DetailPage(
            heading=row.name,
            tags=[_state(row), *kind_tags(row), ("", str(row.get_category_display())), *tags(row)],
            parents=parents,
        )

    def detail_actions(self, request: HttpRequest, row: Any) -> list[Action]:
        leases, found = self.site.consoles["leases"], stay(row)
        accounts = BillingAccount.objects.filter(tenure=found) if found is not None else BillingAccount.objects.none()
        actions = list(statement_action(request, accounts.first()))
        if row.phone and not row.died and self.may(request, EDIT, row):
            slip = reverse("console:portal-slip", args=[row.pk])
            actions.append(Action(_("Portal code"), slip, icon="device-mobile"))
        if not row.died and leases.may(request, leases.edit_permission, row):
            check_in = self.site.consoles["check-ins"].url("new")
            actions.append(Action(_("Check in"), f"{check_in}?resident={row.pk}", icon="key"))
        if not row.is_company and self.may(request, DEATHS, row):
            actions.append(Action(_("Death"), death_url(row), icon="user-x"))
        return actions

    def detail_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        user = user_of(request)
        allowed = [
            name
            for name, needed in TABS.items()
            if (not needed or user.may(needed, row.property_id)) and (row.is_company or name != "occupants")
        ]
        wanted = request.GET.get("tab", "")
        current = wanted if wanted in allowed else ""
        found = stay(row)
        context: dict[str, Any] = {
            "tab": current,
            "tabs": [
                {
                    "label": label,
                    "url": f"{self.detail_url(row)}{f'?tab={name}' if name else ''}",
                    "active": name == current,
                }
                for name, label in _tab_labels().items()
                if name in allowed
            ],
            "stay": found,
            "facts": {one.name: one.html(row, self.row_context(request)) for one in self.cards[0].columns},
            "leases_url": self.site.consoles["leases"].url("list"),
            "may_leases": "leases" in allowed,
            "may_bills": "bills" in allowed,
            "today": local_today(row),
        }
        parts = {
            "": self._company if row.is_company else self._overview,
            "leases": self._leases,
            "occupants": self._occupants,
            "bills": self._bills,
            "meters": self._meters,
        }
        return context | parts.get(current, self._history)(request, row, context)

    def _overview(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        stay = given["stay"]
        user = user_of(request)
        context: dict[str, Any] = {"tasks": tasks_card(user, row.property_id, resident=row)}
        context |= death_context(user, row)
        if user.may("care.view", row.property_id):
            context |= {"care": care_of(row, timezone.now()), "may_tasks": user.may("tasks.view", row.property_id)}
        if given["may_bills"]:
            context |= {
                "figures": page.resident_figures(row, given["today"]),
                "bills": page.resident_bills(row),
            }
        if given["may_leases"] and stay is not None:
            context |= {
                "term": stay.terms.filter(valid_from__lte=max(given["today"], stay.start))
                .order_by("-valid_from")
                .first(),
                "people": list(stay.occupant_people.filter(until=None).order_by("pk")),
                **_progress(stay, given["today"]),
            }
        return context

    def _company(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = {
            "title": services.invoice_title_of(row),
            "tasks": tasks_card(user_of(request), row.property_id, resident=row),
        }
        if given["may_bills"]:
            context |= {
                "figures": page.resident_figures(row, given["today"]),
                "collective": _toned(company_bills([row.pk], given["today"])),
            }
        if given["may_leases"]:
            context["units"] = company_units(row.held, given["today"])
        return context

    def _occupants(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        may = user_of(request).may("leases.edit", row.property_id)
        return {
            "occupants": company_occupants(row.held),
            "join_url": reverse("console:occupants-join", args=[row.pk]) if may else "",
        }

    def _leases(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        return {"tenures": row.held}

    def _bills(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        collective = company_bills([row.pk], given["today"], limit=60) if row.is_company else []
        return {"bills": page.resident_bills(row, limit=60), "collective": _toned(collective)}

    def _meters(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        day = given["today"]
        units = list(Tenure.objects.filter(lived_on(day), resident=row).values_list("unit_id", flat=True))
        return {"stops": reading_round(row.property_id, unit_ids=units)}

    def _history(self, request: HttpRequest, row: Any, given: dict[str, Any]) -> dict[str, Any]:
        return {"history": history_page(self, request, row)}

    def history_rows(self, request: HttpRequest, row: Any) -> list[Model]:
        return [row, *row.held] if user_of(request).may("leases.view", row.property_id) else [row]

    def history_more(self, request: HttpRequest, row: Any) -> list[Happening]:
        user = user_of(request)
        may_bills = user.may("bills.view", row.property_id)
        return page.resident_events(
            row,
            row.held if user.may("leases.view", row.property_id) else [],
            with_money=may_bills,
            with_readings=user.may("metering.view", row.property_id),
        )

    def history_url(self, row: Any) -> str:
        return f"{self.detail_url(row)}?tab=history"

    def consequences(self, request: HttpRequest, form: Any, row: Resident | None) -> Consequences:
        return resident_panel(form.cleaned_data, row, user_of(request), timezone.now())

    def save(self, request: HttpRequest, form: Any, row: Resident | None) -> Resident:
        values = {name: value for name, value in form.cleaned_data.items() if name not in TITLE_FIELDS}
        chosen = values.pop("tags", None)
        done: dict[str, Any] = {"by": user_of(request), "at": timezone.now()}
        with transaction.atomic():
            saved = (
                services.resident_create(kind=form.kind, **values, **done)
                if row is None
                else services.resident_change(resident=row, **_whole(row, values), **done)
            )
            if row is not None:
                person_file_anew(person=saved, by=user_of(request), at=timezone.now())
            if chosen is not None:
                services.resident_tags_set(resident=saved, tags=chosen, **done)
            if saved.is_company:
                services.invoice_title_save(company=saved, **form.title_values(), **done)
        return saved


def _whole(row: Resident, values: dict[str, Any]) -> dict[str, Any]:
    """What a form says, with what it does not ask of this kind of resident as it stands."""
    return {name: getattr(row, name) for name in OF_PERSONS} | values


def _toned(lines: list[CollectiveLine]) -> list[tuple[CollectiveLine, str]]:
    """Collective bills with the colours of their states."""
    return [(line, BILL_TONES.get(line.state, "")) for line in lines]


def _tab_labels() -> dict[str, str]:
    return {
        "": _("Overview"),
        "leases": _("Leases"),
        "occupants": pgettext("of a company", "Who lives there"),
        "bills": _("Bills"),
        "meters": _("Meters"),
        "history": _("Changes"),
    }


def _state(resident: Any) -> tuple[str, str]:
    """Whether somebody lives here today, as a tag."""
    if resident.died:
        return "", _("Deceased")
    found, day = stay(resident), local_today(resident)
    if found is None:
        return "", _("No lease yet")
    if is_over(found, day) or (found.kind == TenureKind.LEASE and found.state in (RESERVED, SIGNED)):
        return tenure_state(found, day)
    if found.start > day:
        return "info", _("Moves in %(day)s") % {"day": found.start}
    if found.state == TenureState.ENDED or (found.end is not None and found.end < day):
        return "", _("Moved out")
    return "ok", _("In residence")


def _progress(found: Tenure, day: Any) -> dict[str, Any]:
    """How far a lease is, for its bar."""
    if found.end is None or not found.start <= day <= found.end:
        return {}
    done, total = (day - found.start).days + 1, (found.end - found.start).days + 1
    left = (found.end - day).days
    words = [
        ngettext("%(count)d day done", "%(count)d days done", done) % {"count": done},
        ngettext("%(count)d day left", "%(count)d days left", left) % {"count": left},
    ]
    return {"done": done / total, "done_text": _(", ").join(words)}
