"""Segments (人群): residents told by facts, built in plain words."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yuju.care.conditions import Options, conditions_read, conditions_words
from yuju.care.models import Activity, CarePlan, Segment
from yuju.care.selectors import segment_residents
from yuju.care.services import segment_delete, segment_is_used, segment_save
from yuju.console.condition_rows import START, ConditionsField, ConditionsWidget, blank, rows_typed, written
from yuju.console.form_panels.segments import members_lines, segment_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import user_of
from yuju.console.whole_or_property import ALL_PROPERTIES, WholeOrPropertyConsole, WholeOrPropertyForm
from yuju.kit.console import Column, Consequences, DetailPage, Fieldset, console_site
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property

VIEW, EDIT = "care.view", "care.edit"
FIELD = "conditions"
SHOWN_ACTIVITIES = 5


def place_name(row: Any) -> Any:
    """Where something holds, in words."""
    return row.property.name if row.property is not None else ALL_PROPERTIES


def words_of(row: Any) -> str:
    """The conditions of a segment that `SegmentConsole.look_up` put into words."""
    return _(", ").join(getattr(row, "words", ()))


class SegmentForm(WholeOrPropertyForm):
    """A segment: its name, whose residents, and its conditions."""

    permission = EDIT
    conditions = ConditionsField(label=gettext_lazy("Who all of this holds for"), required=False)

    class Meta:
        model = Segment
        fields = ("property", "name", "conditions")

    def narrow_choices(self) -> None:
        super().narrow_choices()
        rows_url = reverse("console:segment-rows")
        widget = cast(ConditionsWidget, self.fields[FIELD].widget)
        widget.rows_url = f"{rows_url}?segment={self.instance.pk}" if self.instance.pk else rows_url
        widget.options = Options(self.places())
        if self.instance.pk is None:
            self.initial.setdefault(FIELD, [START])
            # Buildings are those of the property chosen.
            self.fields["property"].widget.attrs |= {
                "hx-post": rows_url,
                "hx-trigger": "change",
                "hx-target": "#conditions-rows",
                "hx-swap": "outerHTML",
                "data-quiet": "",
            }


@console_site.register
class SegmentConsole(WholeOrPropertyConsole[Segment]):
    """Segments of a property, and those of all."""

    model = Segment
    slug = "segments"
    title, title_one = gettext_lazy("Segments"), gettext_lazy("Segment")
    icon = "filter"
    group, order = GROUP_TENANCY, 25
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("name",)
    search_fields = ("name",)
    search_hint = gettext_lazy("Name")
    empty_text = gettext_lazy(
        "A segment names residents by facts, such as old people who live alone. Care plans and activities are for segments."
    )
    columns = (
        Column("name", pgettext_lazy("of a segment", "Name"), sort="name", link=True, sm=1),
        Column("words", gettext_lazy("Conditions"), value=words_of, sm=4),
        Column("place", gettext_lazy("Property"), value=place_name, sm=2),
    )
    form_class = SegmentForm
    fieldsets = (
        Fieldset(gettext_lazy("Segment"), ("name", "property")),
        Fieldset(
            gettext_lazy("Conditions"),
            (FIELD,),
            gettext_lazy("Residents belong to it as long as all of them hold. Nobody has to be added or removed."),
        ),
    )
    detail_template = "console/care/segment.html"

    def with_related(self, rows: QuerySet[Segment]) -> QuerySet[Segment]:
        return rows.select_related("property")

    def look_up(self, request: HttpRequest, rows: list[Segment]) -> list[Segment]:
        options = Options(None)
        for row in rows:
            cast(Any, row).words = conditions_words(conditions_read(row.conditions), options)
        return rows

    def detail(self, request: HttpRequest, row: Segment) -> DetailPage:
        return DetailPage(heading=row.name, subtitle=place_name(row))

    def detail_context(self, request: HttpRequest, row: Segment) -> dict[str, Any]:
        user = user_of(request)
        members = segment_residents(row, today(request)).visible_to(user, "residents.view")  # type: ignore[attr-defined]
        count, lines = members_lines(members, today(request))
        plans = CarePlan.objects.filter(segment=row)
        scope = user.property_scope(VIEW)
        if scope is not None:
            plans = plans.filter(Q(property=None) | Q(property_id__in=scope))
        return {
            "words": cast(Any, row).words,
            "count": count,
            "lines": lines,
            "all_url": f"{self.site.consoles['residents'].url('list')}?tab=all&segment={row.pk}",
            "plans": list(plans.order_by("title")),
            "may_delete": self.may_edit(request, row) and not segment_is_used(row),
            "activities": list(
                Activity.objects.filter(segment=row).visible_to(user, VIEW).order_by("-starts_at")[:SHOWN_ACTIVITIES]
            ),
        }

    def consequences(self, request: HttpRequest, form: Any, row: Segment | None) -> Consequences:
        place: Property | None = row.property if row is not None else form.cleaned_data.get("property")
        return segment_panel(form.cleaned_data.get(FIELD), place, user_of(request), today(request))

    def save(self, request: HttpRequest, form: Any, row: Segment | None) -> Segment:
        given = dict(form.cleaned_data)
        place: Property | None = row.property if row is not None else given.get("property")
        return segment_save(
            segment=row,
            property=place,
            name=given["name"],
            conditions=given[FIELD],
            by=user_of(request),
            at=timezone.now(),
        )


@console_site.page("segment-rows", title="", permission=EDIT, route="segments/rows", in_navigation=False)
@require_POST
def rows_page(request: HttpRequest) -> HttpResponseBase:
    """The rows of the builder as they are after a choice, with one more or one less."""
    rows = rows_typed(request.POST, FIELD)
    removed = request.POST.get(f"{FIELD}-remove", "")
    if removed.isdecimal() and len(removed) < 3:
        rows = [row for number, row in enumerate(rows) if number != int(removed)]
    if f"{FIELD}-add" in request.POST:
        rows = [*rows, blank()]
    form = SegmentForm(request.POST, request=request, instance=_edited(request))
    widget = cast(ConditionsWidget, form.fields[FIELD].widget)
    drawn = widget.render(FIELD, written(rows), {}, renderer=form.renderer)
    # The panel beside the form listens for it, as for somebody picked.
    return HttpResponse(drawn, headers={"HX-Trigger": "picked"})


@console_site.page("segment-delete", title="", permission=EDIT, route="segments/<int:pk>/delete", in_navigation=False)
@require_POST
def delete_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Deletes a segment that nothing is for."""
    segment = get_object_or_404(console_site.consoles["segments"].permitted(request, EDIT), pk=pk)
    try:
        segment_delete(segment=cast(Segment, segment), by=user_of(request), at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect("console:segments-detail", pk)
    toast_add(request, _("Segment deleted"))
    return redirect("console:segments-list")


def _edited(request: HttpRequest) -> Segment | None:
    given = request.GET.get("segment", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        return None
    return cast(
        "Segment | None", console_site.consoles["segments"].permitted(request, EDIT).filter(pk=int(given)).first()
    )
