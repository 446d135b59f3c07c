"""Bulk actions on residents: tags and category."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.kit.console import Ask, BulkAction, ConsoleForm, LeftOut
from yuju.residency.choices import Category
from yuju.residency.models import Resident, ResidentTag, Tag
from yuju.residency.services import residents_set_category, residents_tag_add, residents_tag_remove


class TagForm(ConsoleForm):
    """Which tag."""

    tag = forms.ModelChoiceField(Tag.objects.none(), label=gettext_lazy("Tag"))

    def narrow_choices(self) -> None:
        cast("forms.ModelChoiceField[Tag]", self.fields["tag"]).queryset = Tag.objects.order_by("name")


class CategoryForm(ConsoleForm):
    """Which category."""

    category = forms.ChoiceField(
        label=gettext_lazy("Category"), choices=[("", gettext_lazy("Choose")), *Category.choices]
    )


def _has(tag: Any) -> Exists:
    return Exists(ResidentTag.objects.filter(resident=OuterRef("pk"), tag=tag))


class AddTag(BulkAction):
    """Puts a tag on residents."""

    name = "tag-add"
    label = gettext_lazy("Add tag")
    icon = "tag"
    form_class = TagForm

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(_("Has the tag already"), Q(_has(ask.values["tag"])))]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"tag": ask.values["tag"], "count": f"{count:,}"}
        return (
            ngettext("%(count)s resident gets the tag %(tag)s", "%(count)s residents get the tag %(tag)s", count)
            % words
        )

    def snapshot(self, ask: Ask) -> Any:
        return JSONObject(has=_has(ask.values["tag"]))

    def apply(self, ask: Ask, rows: QuerySet[Resident], *, by: Any, at: datetime) -> None:
        residents_tag_add(residents=rows, tag=ask.values["tag"])

    def restore(self, ask: Ask, rows: QuerySet[Resident], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        residents_tag_remove(residents=rows, tag=ask.values["tag"])


class RemoveTag(AddTag):
    """Takes a tag off residents."""

    name = "tag-remove"
    label = gettext_lazy("Remove tag")
    icon = "tag-off"

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(_("Does not have the tag"), ~Q(_has(ask.values["tag"])))]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"tag": ask.values["tag"], "count": f"{count:,}"}
        return (
            ngettext("%(count)s resident loses the tag %(tag)s", "%(count)s residents lose the tag %(tag)s", count)
            % words
        )

    def apply(self, ask: Ask, rows: QuerySet[Resident], *, by: Any, at: datetime) -> None:
        residents_tag_remove(residents=rows, tag=ask.values["tag"])

    def restore(self, ask: Ask, rows: QuerySet[Resident], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        residents_tag_add(residents=rows, tag=ask.values["tag"])


class SetCategory(BulkAction):
    """Gives residents a category."""

    name = "category"
    label = gettext_lazy("Set category")
    icon = "category"
    form_class = CategoryForm
    fields = ("category",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(_("Has this category already"), Q(category=ask.values["category"]))]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"category": Category(ask.values["category"]).label, "count": f"{count:,}"}
        return (
            ngettext(
                "%(count)s resident gets the category %(category)s",
                "%(count)s residents get the category %(category)s",
                count,
            )
            % words
        )

    def apply(self, ask: Ask, rows: QuerySet[Resident], *, by: Any, at: datetime) -> None:
        residents_set_category(residents=rows, category=Category(ask.values["category"]), at=at)

    def restore(self, ask: Ask, rows: QuerySet[Resident], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        residents_set_category(residents=rows, category=Category(before["category"]), at=at)


RESIDENT_ACTIONS = (AddTag(), RemoveTag(), SetCategory())
