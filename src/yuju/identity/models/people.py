"""Operators (运营方), their users, and where each user is posted."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.identity.models.roles import RoleSetting, role_may, setting_of
from yuju.identity.permissions import shipped_roles
from yuju.identity.roles import StaffRole, in_rank, role_of
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey


class Operator(models.Model):
    """A company that runs properties. The wall shows each operator its own row only."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    host = models.CharField(_("host name"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=~models.Q(host=""), name="operator_host_once"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(Walled, AbstractBaseUser):
    """Somebody who works for an operator. The user name is unique within the operator."""

    history = Tracked(left_out=("last_login",), hidden=("password",))
    username = models.CharField(_("user name"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_active = models.BooleanField(_("may sign in"), default=True)
    compact_lists = models.BooleanField(_("compact lists"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    factor_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    """From when the user gets no further without a second factor; empty before the first sign-in that asks for one."""

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "username"], name="username_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="user_key"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def roles_by_property(self) -> dict[int | None, frozenset[StaffRole]]:
        """The roles in force of each posting; the key None stands for every property. One query, then remembered."""
        found: dict[int | None, set[StaffRole]] = {}
        for posting in self.postings.with_role():
            if not posting.staff_role.retired:
                found.setdefault(posting.property_id, set()).add(posting.staff_role)
        return {key: frozenset(value) for key, value in found.items()}

    def may(self, permission: str, property_id: int | None = None) -> bool:
        """Whether the user holds a permission: at one property, or (None) at any at all.

        Raises:
            KeyError: for a permission that does not exist.
        """
        held = self.held_at(permission)
        if not self.is_active or not held:
            return False
        return property_id is None or None in held or property_id in held

    def property_scope(self, permission: str) -> list[int] | None:
        """The properties where the user holds a permission; None means every property of the operator.

        Raises:
            KeyError: for a permission that does not exist.
        """
        held = self.held_at(permission)
        return None if None in held else [key for key in held if key is not None]

    def held_at(self, permission: str) -> list[int | None]:
        """Where a posting gives the user a permission; None stands for every property."""
        shipped_roles(permission)
        return [
            posted_at
            for posted_at, roles in self.roles_by_property.items()
            if any(permission in role.permissions for role in roles)
        ]

    @property
    def main_role(self) -> StaffRole | None:
        """The role shown under the user's name: the highest held."""
        held: set[StaffRole] = set().union(*self.roles_by_property.values()) if self.roles_by_property else set()
        return next(iter(in_rank(held)), None)


class PostingQuerySet(models.QuerySet["Posting"]):
    def with_role(self) -> PostingQuerySet:
        """With what the operator made of each posting's role, in the same statement."""
        return self.annotate(setting=setting_of("role"))

    def that_may(self, *permissions: str) -> PostingQuerySet:
        """Those whose role may do at least one of these."""
        held = Q()
        for permission in permissions:
            held |= role_may(permission)
        return self.filter(held)


class Posting(Walled):
    """A role of a user (任职): at one property, or at all of them when `property_id` is empty.

    The property lives in a room above this one, so the key is a plain number; the wall's checker
    (`yuju.kit.wall.SOFT_KEYS`) makes the database hold it against premises_property.
    """

    history = Tracked(part_of="user")
    user = WalledForeignKey(User, on_delete=models.CASCADE, related_name="postings", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20)
    property_id = models.BigIntegerField(_("property"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "user", "role", "property_id"], nulls_distinct=False, name="posting_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.staff_role}"

    @property
    def staff_role(self) -> StaffRole:
        """The role as the operator has it; without a query where the rows were read `with_role`."""
        if "setting" in self.__dict__:
            return role_of(self.role, self.__dict__["setting"])
        settings: Any = RoleSetting.objects.filter(code=self.role)
        return role_of(self.role, settings.values("added", "removed", "name_zh", "name_en", "retired_at").first())


class SignInAttempt(Walled):
    """A refused sign-in, or something else that is counted (a code asked for), kept to slow down guessing and flooding.

    Neither name, number nor address is stored in the clear.
    """

    key_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["operator_id", "key_hash", "at"], name="sign_in_attempt_by_key")]
