"""What a change of roles comes to, before anything is written: what each role gains and loses, and for whom."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from yuju.identity.models import Posting, User
from yuju.identity.permissions import PERMISSIONS, with_needs
from yuju.identity.roles import StaffRole

Places = dict[int | None, frozenset[str]]
"""What somebody may do at each property; the key None stands for every property."""


@dataclass(frozen=True)
class RoleChange:
    """One role, as it would be.

    Attributes:
        granted, taken: what it gains and loses.
        needed: what it gains or keeps although it was not chosen, because something chosen needs it.
    """

    role: StaffRole
    granted: frozenset[str]
    taken: frozenset[str]
    needed: frozenset[str]


@dataclass(frozen=True)
class Affected:
    """One user who may sign in, with what they could do somewhere that they could not do there before, and the reverse."""

    user: User
    gains: frozenset[str]
    loses: frozenset[str]


@dataclass(frozen=True)
class Preview:
    """What a change comes to."""

    changes: list[RoleChange]
    affected: list[Affected]

    @property
    def gaining(self) -> list[Affected]:
        return [one for one in self.affected if one.gains]

    @property
    def losing(self) -> list[Affected]:
        return [one for one in self.affected if one.loses]


def seal_of(roles: Iterable[StaffRole]) -> str:
    """A word that is another one as soon as anything about the roles is: two who change them at once are told."""
    text = repr([(one.code, sorted(one.permissions), one.name_zh, one.name_en, one.retired) for one in roles])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changes_wanted(roles: Iterable[StaffRole], wanted: Mapping[str, Collection[str]]) -> list[RoleChange]:
    """In what roles would differ if each could do what is wanted of it; roles that stay as they are are left out.

    Args:
        wanted: permissions by the role's code; a role not named stays as it is. What they need comes along.
    """
    found = []
    for role in roles:
        if role.code not in wanted:
            continue
        chosen = frozenset(wanted[role.code]) & PERMISSIONS.keys()
        whole = with_needs(chosen)
        change = RoleChange(role, whole - role.permissions, role.permissions - whole, whole - chosen)
        if change.granted or change.taken or change.needed:
            found.append(change)
    return found


def preview(roles: Iterable[StaffRole], wanted: Mapping[str, Collection[str]]) -> Preview:
    """What a change comes to for the people posted in the roles. One query."""
    changes = changes_wanted(roles, wanted)
    after = {one.role.code: (one.role.permissions | one.granted) - one.taken for one in changes}
    held: dict[User, tuple[dict[int | None, set[str]], dict[int | None, set[str]]]] = {}
    postings = Posting.objects.filter(user__is_active=True).select_related("user").with_role()
    for posting in postings.order_by("user__name", "user_id"):
        role = posting.staff_role
        if role.retired:
            continue
        before, then = held.setdefault(posting.user, ({}, {}))
        before.setdefault(posting.property_id, set()).update(role.permissions)
        then.setdefault(posting.property_id, set()).update(after.get(role.code, role.permissions))
    affected = [
        Affected(user, gains=_more(then, before), loses=_more(before, then)) for user, (before, then) in held.items()
    ]
    return Preview(changes, [one for one in affected if one.gains or one.loses])


def _more(one: Mapping[int | None, set[str]], other: Mapping[int | None, set[str]]) -> frozenset[str]:
    """What one allows at some property that the other does not allow there."""
    everywhere = other.get(None, set())
    return frozenset(
        permission
        for place, permissions in one.items()
        for permission in permissions
        if permission not in everywhere and permission not in other.get(place, set())
    )


def changed(role: StaffRole, change: RoleChange) -> StaffRole:
    """The role after a change."""
    return replace(role, permissions=(role.permissions | change.granted) - change.taken)
