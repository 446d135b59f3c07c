"""Changing what roles may do, and making, naming and retiring them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import Operator, Posting, RoleSetting, User
from yuju.identity.permissions import shipped_permissions, with_needs
from yuju.identity.role_changes import RoleChange, changes_wanted, seal_of
from yuju.identity.roles import StaffRole
from yuju.identity.selectors import ROLES, STAFF, beyond, staff_roles
from yuju.identity.services.audit import audit_record
from yuju.identity.services.guards import nothing_lost, rights_changed
from yuju.kit.errors import Refused
from yuju.kit.tenancy import require_operator_id

MOST_ROLES = 40
"""So many roles can still be told apart in one table."""


@transaction.atomic
def roles_change(
    *, wanted: Mapping[str, Collection[str]], seen: str | None, by: User | None, at: datetime
) -> list[RoleChange]:
    """Lets roles do what is wanted of them, and what that needs; in force with everybody's next request.

    Args:
        wanted: all that a role may do then, by the role's code; roles not named stay as they are.
        seen: the `seal_of` the roles that were looked at when choosing; None to change them whatever they are.
        by: who changes them; None for the command line, which may do everything.

    Raises:
        Refused: somebody else changed roles meanwhile (code `stale`), a role is retired, `by` may not change roles at all
            properties or gives or takes what they do not hold there themself (code `not_allowed`), or would take their own
            right to change roles or staff away.
        NothingLeft: nobody could ever give something again.
    """
    roles = _locked(by)
    if seen is not None and seen != seal_of(roles):
        raise Refused(
            _("Somebody else changed roles meanwhile. Look at the difference from what stands now, then save again."),
            code="stale",
        )
    changes = changes_wanted(roles, wanted)
    for change in changes:
        _refuse_change(by, change)
    with nothing_lost(by):
        for change in changes:
            _write(change)
        _refuse_losing_own(by)
    for change in changes:
        audit_record(
            action=AuditAction.CHANGED,
            by=by,
            at=at,
            about=RoleSetting.objects.get(code=change.role.code),
            role=change.role.code,
            called=_called(change.role),
            granted=sorted(change.granted),
            taken=sorted(change.taken),
        )
    rights_changed()
    return changes


@transaction.atomic
def role_create(
    *, name_zh: str, name_en: str = "", like: str | None = None, by: User | None, at: datetime
) -> StaffRole:
    """Makes a role of the operator's own.

    Args:
        like: the code of a role whose permissions it begins with, as far as `by` holds them everywhere; None for one that
            may look at properties alone.

    Raises:
        Refused: the name is missing, taken or too long, there are too many roles, or `by` may not change roles.
    """
    roles = _locked(by)
    name_zh, name_en = _names(roles, None, name_zh, name_en)
    if len(roles) >= MOST_ROLES:
        raise Refused(_("There are %(count)d roles already: change one of them instead.") % {"count": len(roles)})
    model = next((role for role in roles if role.code == like), None)
    begun = model.permissions - (beyond(by, model, None) if by is not None else set()) if model else frozenset()
    # What was held back may be needed by the rest: only what is whole without it is taken over.
    held = frozenset(one for one in begun if with_needs([one]) <= begun) or with_needs(["premises.view"])
    setting = RoleSetting.objects.create(
        code=f"own_{secrets.token_hex(4)}", name_zh=name_zh, name_en=name_en, added=sorted(held), created_at=at
    )
    audit_record(
        action=AuditAction.CREATED,
        by=by,
        at=at,
        about=setting,
        role=setting.code,
        called=name_zh,
        granted=sorted(held),
        taken=[],
    )
    return _role(setting.code)


@transaction.atomic
def role_rename(*, code: str, name_zh: str, name_en: str = "", by: User | None, at: datetime) -> StaffRole:
    """Names a role; a shipped one whose names are left empty is called as it was shipped.

    Raises:
        Refused: an own role's Chinese name is missing, a name is taken or too long, or `by` may not change roles.
    """
    roles = _locked(by)
    role = _one(roles, code)
    name_zh, name_en = _names(roles, role, name_zh, name_en)
    setting = _setting(code)
    old = [setting.name_zh, setting.name_en]
    setting.name_zh, setting.name_en = name_zh, name_en
    setting.save(update_fields=["name_zh", "name_en"])
    changes = {"name_zh": [old[0], name_zh], "name_en": [old[1], name_en]}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        audit_record(
            action=AuditAction.CHANGED, by=by, at=at, about=setting, role=code, called=_called(role), changes=changes
        )
    return _role(code)


@transaction.atomic
def role_retire(*, code: str, by: User | None, at: datetime) -> None:
    """Gives a role to nobody any more. Who was locked out with it keeps it, and it gives them nothing.

    Raises:
        Refused: somebody who may sign in has it, or `by` may not change roles.
    """
    role = _one(_locked(by), code)
    held = Posting.objects.filter(role=code, user__is_active=True).values("user").distinct().count()
    if held:
        raise Refused(
            _("%(count)d users have the role %(role)s: give them another one first.")
            % {"count": held, "role": role.label},
            code="held",
        )
    _retire(code, at=at, retired_at=at, by=by)


@transaction.atomic
def role_restore(*, code: str, by: User | None, at: datetime) -> None:
    """Lets a retired role be given again.

    Raises:
        Refused: it may do what `by` may not, or `by` may not change roles.
    """
    role = _one(_locked(by), code)
    if by is not None and beyond(by, role, None):
        raise _not_yours(role)
    _retire(code, at=at, retired_at=None, by=by)


def _retire(code: str, *, at: datetime, retired_at: datetime | None, by: User | None) -> None:
    setting = _setting(code)
    if (setting.retired_at is None) == (retired_at is None):
        return
    setting.retired_at = retired_at
    setting.save(update_fields=["retired_at"])
    decision = "retired" if retired_at is not None else "restored"
    audit_record(
        action=AuditAction.DECIDED, by=by, at=at, about=setting, role=code, called=setting.name_zh, decision=decision
    )
    rights_changed()


def _locked(by: User | None) -> list[StaffRole]:
    """The roles, while nobody else changes rights; only for who may change roles everywhere."""
    Operator.objects.select_for_update(no_key=True).get(pk=require_operator_id())
    if by is not None and by.property_scope(ROLES) is not None:
        raise Refused(_("Only who may change roles at all properties changes them."), code="not_allowed")
    return staff_roles()


def _one(roles: list[StaffRole], code: str) -> StaffRole:
    return next(role for role in roles if role.code == code)


def _role(code: str) -> StaffRole:
    return _one(staff_roles(), code)


def _setting(code: str) -> RoleSetting:
    return RoleSetting.objects.get_or_create(code=code)[0]


def _called(role: StaffRole) -> str:
    """The name an own role has while something is done to it; shipped ones are known by their code."""
    return "" if role.is_shipped else role.name_zh


def _refuse_change(by: User | None, change: RoleChange) -> None:
    if change.role.retired:
        raise Refused(_("The role %(role)s is retired.") % {"role": change.role.label}, code="retired")
    if by is None:
        return
    if any(by.property_scope(permission) is not None for permission in change.granted | change.taken):
        raise _not_yours(change.role)


def _not_yours(role: StaffRole) -> Refused:
    return Refused(
        _("The role %(role)s: you may give and take only what you may do yourself at all properties.")
        % {"role": role.label},
        code="not_allowed",
    )


def _write(change: RoleChange) -> None:
    setting = _setting(change.role.code)
    shipped = shipped_permissions(change.role.code)
    held = (change.role.permissions | change.granted) - change.taken
    setting.added = sorted(held - shipped)
    setting.removed = sorted(shipped - held)
    setting.save(update_fields=["added", "removed"])


def _refuse_losing_own(by: User | None) -> None:
    if by is None:
        return
    now = User.objects.get(pk=by.pk)
    if now.property_scope(ROLES) is not None or (by.property_scope(STAFF) is None) != (
        now.property_scope(STAFF) is None
    ):
        raise Refused(
            _("You cannot take your own right to change roles or staff away; somebody else can."), code="own_right"
        )


def _names(roles: list[StaffRole], role: StaffRole | None, name_zh: str, name_en: str) -> tuple[str, str]:
    name_zh, name_en = " ".join(name_zh.split()), " ".join(name_en.split())
    if not name_zh and (role is None or not role.is_shipped):
        raise Refused(_("Give the role a name."), field="name_zh")
    for other in roles:
        if role is not None and other.code == role.code:
            continue
        for field, name in (("name_zh", name_zh), ("name_en", name_en)):
            if name and name.casefold() in {other.name_zh.casefold(), other.name_en.casefold(), other.label.casefold()}:
                raise Refused(_("Another role is called “%(name)s”.") % {"name": name}, field=field)
    return name_zh, name_en
