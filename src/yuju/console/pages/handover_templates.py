"""Handover templates (交接模板): what stands in the rooms of a layout, written as lines or pasted from Excel."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.console.form_panels.handover_templates import price_cautions, template_panel
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.handovers import EDIT, VIEW
from yuju.console.pages.premises import user_of
from yuju.kit.console import (
    Column,
    Consequences,
    ConsoleForm,
    DetailPage,
    Fieldset,
    ModelConsole,
    NumberColumn,
    console_site,
)
from yuju.premises.models import Property, Unit
from yuju.residency.models import HandoverTemplate
from yuju.residency.services.handovers import MOST_COUNT, Thing, handover_template_save

SEPARATORS = re.compile(r"\s*[\t,，、;；]\s*")


def things_of(text: str) -> list[Thing]:
    """The things that lines of a text name: room, thing, count, damage price; the last two may be missing.

    Raises:
        ValidationError: a line cannot be read; it is named by its number.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = SEPARATORS.split(line.strip())
        room, name, count, code, *more = [*parts, "", "", ""][: max(4, len(parts))]
        if not room or not name or more or not re.fullmatch(r"\d{0,3}", count) or count.strip("0") == "" != count:
            raise forms.ValidationError(
                _("Line %(number)d: write the room, the thing, how many and the damage price, with commas between."),
                params={"number": number},
            )
        found.append(Thing(room, name, min(int(count or 1), MOST_COUNT), code))
    return found


def things_text(template: HandoverTemplate) -> str:
    """The things of a template as lines of a text."""
    return "\n".join(
        "，".join([one.room, one.name, str(one.count), *([one.damage_code] if one.damage_code else [])])
        for one in template.items.all()
    )


class TemplateForm(ConsoleForm):
    """For which layout, and what stands in it."""

    property = forms.ModelChoiceField(Property.objects.none(), label=gettext_lazy("Property"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    layout = forms.ChoiceField(label=gettext_lazy("Layout"), required=False)
    things = forms.CharField(
        label=gettext_lazy("What is handed over"),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=gettext_lazy(
            "One thing a line: room, thing, how many, code of the tariff for damage. Can be pasted from Excel."
        ),
    )

    def narrow_choices(self) -> None:
        units = Unit.objects.visible_to(user_of(self.request), VIEW).exclude(layout="")
        used = {*units.order_by().values_list("layout", flat=True).distinct(), self.initial.get("layout") or ""} - {""}
        layouts = [("", _("All that have no template of their own")), *((one, one) for one in sorted(used))]
        cast(forms.ChoiceField, self.fields["layout"]).choices = layouts
        if self.initial.get("_exists"):
            del self.fields["property"]
            return
        chosen: Property | None = getattr(self.request, "property", None)
        offered = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        cast("forms.ModelChoiceField[Property]", self.fields["property"]).queryset = offered
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)

    def clean_things(self) -> list[Thing]:
        return things_of(self.cleaned_data["things"])


@console_site.register
class HandoverTemplateConsole(ModelConsole[HandoverTemplate]):
    """Templates of handovers."""

    model = HandoverTemplate
    slug = "handover-templates"
    title, title_one = gettext_lazy("Handover templates"), gettext_lazy("Handover template")
    icon = "list-details"
    group, order = GROUP_TENANCY, 36
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("name",)
    search_fields = ("name", "layout")
    search_hint = gettext_lazy("Name, layout")
    empty_text = gettext_lazy("A template says what stands in which room of a layout, so that nothing is forgotten.")
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", link=True, sm=1),
        Column(
            "layout",
            gettext_lazy("Layout"),
            sort=("layout", "name"),
            value=lambda row: row.layout or _("all others"),
            sm=2,
        ),
        NumberColumn("thing_count", pgettext_lazy("of a handover", "Things"), sm=3),
        Column("property", gettext_lazy("Property"), across=True, sm=4),
    )
    form_class = TemplateForm
    fieldsets = (
        Fieldset(gettext_lazy("Handover template"), ("property", "name", "layout")),
        Fieldset(
            pgettext_lazy("of a handover", "Things"),
            ("things",),
            gettext_lazy("Handovers that were begun keep what they have."),
        ),
    )
    detail_template = "console/residency/handover_template.html"

    def with_related(self, rows: QuerySet[HandoverTemplate]) -> QuerySet[HandoverTemplate]:
        return rows.select_related("property").annotate(thing_count=Count("items"))

    def detail(self, request: HttpRequest, row: HandoverTemplate) -> DetailPage:
        return DetailPage(heading=row.name, subtitle=row.layout or _("For all layouts without a template of their own"))

    def detail_context(self, request: HttpRequest, row: HandoverTemplate) -> dict[str, Any]:
        items = list(row.items.all())
        cautions = price_cautions(row.property_id, (one.damage_code for one in items), user_of(request))
        return {"items": items, "cautions": cautions}

    def consequences(self, request: HttpRequest, form: Any, row: HandoverTemplate | None) -> Consequences:
        values = form.cleaned_data
        place = row.property if row is not None else values.get("property")
        return template_panel(place.pk if place is not None else None, values.get("things"), user_of(request))

    def initial(self, request: HttpRequest, row: HandoverTemplate | None) -> dict[str, Any]:
        if row is None:
            return super().initial(request, None)
        return {"_exists": True, "name": row.name, "layout": row.layout, "things": things_text(row)}

    def save(self, request: HttpRequest, form: Any, row: HandoverTemplate | None) -> HandoverTemplate:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        place = row.property if row is not None else given.pop("property")
        return handover_template_save(template=row, property=place, **given)
