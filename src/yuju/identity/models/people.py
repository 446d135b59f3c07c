"""Operators (运营方), their users, and where each user is posted."""

from __future__ import annotations

from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import Role
from yuju.identity.permissions import roles_with
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

    username = models.CharField(_("user name"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_active = models.BooleanField(_("may sign in"), default=True)
    compact_lists = models.BooleanField(_("compact lists"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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
    def roles_by_property(self) -> dict[int | None, frozenset[Role]]:
        """The roles of each posting; the key None stands for every property. One query, then remembered."""
        found: dict[int | None, set[Role]] = {}
        for property_id, role in self.postings.values_list("property_id", "role"):
            found.setdefault(property_id, set()).add(Role(role))
        return {key: frozenset(value) for key, value in found.items()}

    def may(self, permission: str, property_id: int | None = None) -> bool:
        """Whether the user holds a permission: at one property, or (None) at any at all."""
        if not self.is_active:
            return False
        wanted = roles_with(permission)
        return any(
            roles & wanted
            for posted_at, roles in self.roles_by_property.items()
            if posted_at is None or property_id is None or posted_at == property_id
        )

    def property_scope(self, permission: str) -> list[int] | None:
        """The properties where the user holds a permission; None means every property of the operator."""
        wanted = roles_with(permission)
        held = [posted_at for posted_at, roles in self.roles_by_property.items() if roles & wanted]
        return None if None in held else [key for key in held if key is not None]

    @property
    def main_role(self) -> Role | None:
        """The role shown under the user's name: the highest held."""
        held = set().union(*self.roles_by_property.values()) if self.roles_by_property else set()
        return next((role for role in Role if role in held), None)


class Posting(Walled):
    """A role of a user (任职): at one property, or at all of them when `property_id` is empty.

    The property lives in a room above this one, so the key is a plain number; the wall's checker
    (`yuju.kit.wall.SOFT_KEYS`) makes the database hold it against premises_property.
    """

    user = WalledForeignKey(User, on_delete=models.CASCADE, related_name="postings", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    property_id = models.BigIntegerField(_("property"), null=True, blank=True)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "user", "role", "property_id"], nulls_distinct=False, name="posting_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {Role(self.role).label}"


class SignInAttempt(Walled):
    """A refused sign-in, or something else that is counted (a code asked for), kept to slow down guessing and flooding.

    Neither name, number nor address is stored in the clear.
    """

    key_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["operator_id", "key_hash", "at"], name="sign_in_attempt_by_key")]
