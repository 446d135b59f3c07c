"""The table of roles and what each may do: its cells, what was ticked in it, and what a change comes to, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from yuju.console.permission_names import AREAS, names_of
from yuju.identity.models import Posting, User
from yuju.identity.role_changes import Preview, RoleChange
from yuju.identity.roles import StaffRole
from yuju.identity.selectors import ROLES

Wanted = dict[str, frozenset[str]]
"""All that a role may do, by its code."""


@dataclass(frozen=True)
class Cell:
    """One permission of one role.

    Attributes:
        value: what its tick sends.
        ticked: whether it is, or was just ticked.
        differs: a shipped role differs here from how it was shipped.
        locked: it cannot be changed by who looks at it.
    """

    value: str
    ticked: bool
    differs: bool
    locked: bool
    role: str


def may_change_roles(user: User) -> bool:
    """Whether somebody may change roles, which hold at all properties."""
    return user.property_scope(ROLES) is None


def areas_of(roles: list[StaffRole], by: User, wanted: Mapping[str, frozenset[str]] | None = None) -> list[Any]:
    """The rows of the table by area: each with its permission's name and its cells.

    Args:
        wanted: what was ticked in place of what stands.
    """
    editor = may_change_roles(by)
    return [
        (area, [(name, [_cell(role, permission, by, editor, wanted) for role in roles]) for permission, name in lines])
        for area, lines in AREAS
    ]


def _cell(
    role: StaffRole, permission: str, by: User, editor: bool, wanted: Mapping[str, frozenset[str]] | None
) -> Cell:
    held = (wanted or {}).get(role.code, role.permissions)
    return Cell(
        value=f"{role.code}:{permission}",
        ticked=permission in held,
        differs=permission in role.differs,
        locked=role.retired or not (editor and by.property_scope(permission) is None),
        role=role.label,
    )


def wanted_of(data: QueryDict, roles: list[StaffRole], by: User) -> Wanted:
    """What was ticked, for the roles the form showed. What its reader could not change stays as it is."""
    shown = set(data.getlist("shown"))
    ticked = {tuple(value.partition(":")[::2]) for value in data.getlist("may")}
    wanted: Wanted = {}
    for role in roles:
        if role.code in shown and not role.retired:
            locked = {one for _a, lines in AREAS for one, _n in lines if by.property_scope(one) is not None}
            chosen = {permission for code, permission in ticked if code == role.code}
            wanted[role.code] = frozenset((chosen - locked) | (role.permissions & locked))
    return wanted


def holders(codes: list[str] | None = None) -> dict[str, list[str]]:
    """The names of those who may sign in, by the role they are posted in. One query."""
    postings = Posting.objects.filter(user__is_active=True)
    if codes is not None:
        postings = postings.filter(role__in=codes)
    found: dict[str, list[str]] = {}
    rows = postings.order_by("user__name", "user_id").values_list("role", "user__name").distinct()
    for code, name in rows:
        found.setdefault(code, []).append(name)
    return found


def change_words(change: RoleChange) -> dict[str, Any]:
    """A role's change for a page: what it gains and loses, and what came along unasked."""
    return {
        "role": change.role.label,
        "granted": names_of(change.granted),
        "taken": names_of(change.taken),
        "needed": names_of(change.needed),
    }


def preview_words(preview: Preview) -> dict[str, Any]:
    """A preview for a page."""
    return {
        "changes": [change_words(change) for change in preview.changes],
        "affected": [(one.user, names_of(one.gains), names_of(one.loses)) for one in preview.affected],
        "gaining": len(preview.gaining),
        "losing": len(preview.losing),
    }


Right = tuple[Any, list[tuple[Any, str]]]
"""An area with the permissions held in it, each with where: empty for every property, or where all hold at the same ones."""


def rights_at(held: Iterable[tuple[StaffRole, int | None]], names: Mapping[int | None, str]) -> list[Right]:
    """What roles come to together, by area.

    Args:
        held: roles with the property each is held at; None for all.
        names: the properties the reader knows, and None; what is held elsewhere is left out.
    """
    places: dict[str, set[int | None]] = {}
    for role, place in held:
        if place in names and not role.retired:
            for permission in role.permissions:
                places.setdefault(permission, set()).add(place)
    # Where everything holds at the same properties, saying so in each line would be noise.
    alike = len({frozenset(one) for one in places.values()}) < 2
    found = []
    for area, lines in AREAS:
        rights = [
            (name, "" if alike else _where(places[permission], names))
            for permission, name in lines
            if permission in places
        ]
        if rights:
            found.append((area, rights))
    return found


def _where(places: set[int | None], names: Mapping[int | None, str]) -> str:
    return "" if None in places else _(", ").join(names[place] for place in sorted(places, key=str))
