"""What an operator made of the roles."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import Role
from yuju.identity.permissions import shipped_roles
from yuju.kit.models import Walled

MOST_LETTERS = 40


class RoleSetting(Walled):
    """In what a role differs from the shipped one, or a role of the operator's own. A role nobody touched has no row.

    Kept are the permissions added and removed, not all that the role may do: one that a later version adds reaches
    every role as shipped, until somebody decides about it.
    """

    code = models.CharField(_("code"), max_length=20)
    name_zh = models.CharField(_("name in Chinese"), max_length=MOST_LETTERS, blank=True, default="")
    name_en = models.CharField(_("name in English"), max_length=MOST_LETTERS, blank=True, default="")
    added: Any = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    removed: Any = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "code"], name="role_setting_once"),
        ]

    def __str__(self) -> str:
        shipped = str(Role(self.code).label) if self.code in Role.values else self.code
        return self.name_zh or self.name_en or shipped


def setting_of(code: str) -> Subquery:
    """What `yuju.identity.roles.role_of` needs to know of the role whose code an outer query has in a column."""
    given = JSONObject(added="added", removed="removed", name_zh="name_zh", name_en="name_en", retired_at="retired_at")
    return Subquery(RoleSetting.objects.filter(code=OuterRef(code)).values(given=given)[:1])


def role_may(permission: str, code: str = "role") -> Q:
    """The condition that the role whose code stands in a column may do something.

    Raises:
        KeyError: for a permission that does not exist.
    """
    settings = RoleSetting.objects.filter(code=OuterRef(code))
    taken = settings.filter(Q(removed__contains=[permission]) | Q(retired_at__isnull=False))
    given = settings.filter(added__contains=[permission], retired_at=None)
    shipped = sorted(str(role) for role in shipped_roles(permission))
    return (Q(**{f"{code}__in": shipped}) & ~Exists(taken)) | Q(Exists(given))
