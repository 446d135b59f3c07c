"""How people look at lists."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class SavedView(Walled):
    """A view of a list that somebody keeps: its tab, search, filters, order and columns.

    The one without a name is how its owner sees the list where no view is open: the columns they chose. Kept in one
    table, everything a page needs of both comes in one statement.
    """

    owner = WalledForeignKey(User, on_delete=models.CASCADE, related_name="saved_views", verbose_name=_("user"))
    list = models.CharField(_("list"), max_length=40)
    name = models.CharField(_("name"), max_length=40, blank=True, default="")
    query = models.TextField(_("what it shows"), blank=True, default="")
    """As it stands in the address of the list, without `?`."""
    shared = models.BooleanField(_("for everyone"), default=False)
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    """Its place among the views of its owner."""

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "owner", "list", "name"], name="saved_view_once"),
            models.CheckConstraint(condition=Q(shared=False) | ~Q(name=""), name="saved_view_shared_by_name"),
        ]
        indexes = [models.Index(fields=["operator_id", "list"], name="saved_view_by_list")]

    def __str__(self) -> str:
        return self.name
