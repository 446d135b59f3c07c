"""Consoles of what belongs to one property, or to all of the operator's."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuju.console.pages.premises import user_of
from yuju.kit.console import ConsoleModelForm, ModelConsole
from yuju.premises.models import Property

M = TypeVar("M", bound=Model)

ALL_PROPERTIES = _("All properties")


class WholeOrPropertyConsole(ModelConsole[M]):
    """What holds everywhere is seen by whoever sees such things anywhere, and changed by those who may at every property."""

    def permitted(self, request: HttpRequest, permission: str) -> QuerySet[M]:
        rows: QuerySet[M] = self.model._default_manager.all()
        scope = self.scope(request, permission)
        if scope is None:
            return rows
        everywhere = Q(property=None) if permission == self.view_permission else Q()
        return rows.filter(Q(property_id__in=scope) | everywhere)

    def scoped(self, request: HttpRequest) -> QuerySet[M]:
        rows = self.permitted(request, self.view_permission)
        place = self.place(request)
        return rows if place is None else rows.filter(Q(property=place) | Q(property=None))

    def may(self, request: HttpRequest, permission: str, row: Any = None) -> bool:
        if row is not None and row.property_id is None and permission != self.view_permission:
            return bool(permission) and self.scope(request, permission) is None
        return super().may(request, permission, row)


class WholeOrPropertyForm(ConsoleModelForm):
    """A form whose `property` is one where the user may change such things, or all of them; it stays for what exists.

    Attributes:
        permission: what the user has to hold there.
    """

    permission = ""

    def narrow_choices(self) -> None:
        if self.instance.pk is not None:
            del self.fields["property"]
            return
        user = user_of(self.request)
        field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        field.queryset = Property.objects.visible_to(user, self.permission).order_by("code", "pk")
        everywhere = user.property_scope(self.permission) is None
        field.required = not everywhere
        field.empty_label = str(ALL_PROPERTIES) if everywhere else field.empty_label
        chosen: Property | None = getattr(self.request, "property", None)
        if chosen is not None:
            self.initial.setdefault("property", chosen.pk)

    def places(self) -> list[int] | None:
        """The properties that the form is about, as far as it says: the one chosen, else those of the user."""
        if self.instance.pk is not None:
            held = getattr(self.instance, "property_id", None)
            return user_of(self.request).property_scope(self.permission) if held is None else [held]
        given = self.data.get("property") if self.is_bound else self.initial.get("property")
        field = cast("forms.ModelChoiceField[Property]", self.fields["property"])
        text = str(given or "")
        known = text.isascii() and text.isdecimal() and len(text) < 19
        if known and field.queryset is not None and field.queryset.filter(pk=int(text)).exists():
            return [int(text)]
        return user_of(self.request).property_scope(self.permission)
