"""A role as an operator has it: what it is called, what it may do, whether it is still given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, override

from yuju.identity.choices import Role
from yuju.identity.permissions import PERMISSIONS, shipped_permissions


@dataclass(frozen=True)
class StaffRole:
    """A role (岗位), shipped or an operator's own.

    Attributes:
        code: what postings name it by; it never changes.
        name_zh, name_en: what the operator calls it; empty where it keeps the name it was shipped with.
        permissions: what it may do where somebody is posted in it.
        retired: it is given to nobody any more, and gives nothing to those who have it.
    """

    code: str
    permissions: frozenset[str]
    name_zh: str = ""
    name_en: str = ""
    retired: bool = False

    @property
    def is_shipped(self) -> bool:
        """Whether the product brings this role along."""
        return self.code in Role.values

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        chinese = (get_language() or "").startswith("zh")
        own = (self.name_zh or self.name_en) if chinese else (self.name_en or self.name_zh)
        if own:
            return own
        return str(Role(self.code).label) if self.is_shipped else self.code

    @property
    def shipped_names(self) -> dict[str, str]:
        """What a shipped role is called where the operator gives it no name, by language code."""
        found = {}
        for code in ("zh-hans", "en"):
            with override(code):
                found[code] = str(Role(self.code).label) if self.is_shipped else ""
        return found

    @property
    def differs(self) -> frozenset[str]:
        """The permissions in which a shipped role differs from how it was shipped."""
        return self.permissions ^ shipped_permissions(self.code) if self.is_shipped else frozenset()

    def __str__(self) -> str:
        return self.label


def role_of(code: str, setting: Mapping[str, Any] | None = None) -> StaffRole:
    """A role from its code and what the operator wrote down about it, if anything.

    Args:
        setting: `added`, `removed`, `name_zh`, `name_en`, `retired_at` of a `RoleSetting`.
    """
    shipped = shipped_permissions(code)
    if setting is None:
        return StaffRole(code, shipped)
    # A permission that a later version dropped counts for nothing.
    held = (shipped - set(setting["removed"])) | (set(setting["added"]) & PERMISSIONS.keys())
    return StaffRole(
        code, frozenset(held), setting["name_zh"], setting["name_en"], retired=setting["retired_at"] is not None
    )


def in_rank(roles: Iterable[StaffRole]) -> list[StaffRole]:
    """Roles in the order they are shown: the shipped ones by rank, then the operator's own by age of their code."""
    ranks = {code: rank for rank, code in enumerate(Role.values)}
    return sorted(roles, key=lambda role: (ranks.get(role.code, len(ranks)), role.code))
