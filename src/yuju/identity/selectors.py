"""Who is there to be told, who may change whom, which roles there are, who is signed in where, and who is invited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yuju.identity.choices import Role
from yuju.identity.models import FormDraft, Invitation, Posting, RoleSetting, User, UserSession
from yuju.identity.roles import StaffRole, in_rank, role_of

STAFF = "staff.edit"
ROLES = "roles.edit"


def users_in_role(role: Role, property_id: int) -> list[User]:
    """The users that may sign in and have a role at a property or at all of them, by id. One query."""
    return _posted(Posting.objects.filter(role=role), property_id)


def users_that_may(permission: str, property_id: int) -> list[User]:
    """The users that may sign in and hold a permission at a property, by id. One query."""
    return _posted(Posting.objects.that_may(permission), property_id)


def doers_of(permission: str, property_ids: list[int] | None) -> QuerySet[User]:
    """The users that may sign in and hold a permission at one of some properties, or (None) anywhere, by name."""
    held = Posting.objects.that_may(permission).filter(user_id=OuterRef("pk"))
    if property_ids is not None:
        held = held.filter(Q(property_id=None) | Q(property_id__in=property_ids))
    return User.objects.filter(Exists(held), is_active=True).order_by("name", "pk")


def _posted(postings: Any, property_id: int) -> list[User]:
    held = postings.filter(Q(property_id=None) | Q(property_id=property_id), user_id=OuterRef("pk"))
    return list(User.objects.filter(Exists(held), is_active=True).order_by("pk"))


def staff_roles() -> list[StaffRole]:
    """Every role of the operator, the retired ones too, in the order they are shown. One query."""
    fields = ("added", "removed", "name_zh", "name_en", "retired_at")
    settings = {row.pop("code"): row for row in RoleSetting.objects.values("code", *fields)}
    return in_rank(role_of(code, settings.get(code)) for code in {*Role.values, *settings})


def beyond(by: User, role: StaffRole, property_id: int | None) -> frozenset[str]:
    """What a role may do at a property, or (None) at every one, that somebody may not do there."""
    return frozenset(permission for permission in role.permissions if not _covers(by, permission, property_id))


def may_change_user(by: User, user: User) -> bool:
    """Whether somebody may change a user, the password included: who may change staff wherever the user is posted, and
    may do there all that the user may, or a new password would be a way to more rights."""
    # A list has read the postings of all its users along.
    read_along = "postings" in getattr(user, "_prefetched_objects_cache", {})
    held = user.postings.all() if read_along else user.postings.with_role()
    return all(
        _covers(by, STAFF, posting.property_id)
        and (posting.staff_role.retired or not beyond(by, posting.staff_role, posting.property_id))
        for posting in held
    )


def grantable() -> frozenset[str]:
    """What those who may change roles hold everywhere, and so could give to others. One query."""
    held: dict[int, set[str]] = {}
    for posting in Posting.objects.filter(property_id=None, user__is_active=True).with_role():
        if not posting.staff_role.retired:
            held.setdefault(posting.user_id, set()).update(posting.staff_role.permissions)
    return frozenset[str]().union(*(permissions for permissions in held.values() if ROLES in permissions))


def _covers(by: User, permission: str, property_id: int | None) -> bool:
    held = by.held_at(permission)
    return None in held or (property_id is not None and property_id in held)


def drafts_of(user: User, form: str, row_id: int | None) -> list[FormDraft]:
    """What a user began in a form, for a row or (None) for something new, and did not save; the latest first."""
    return list(FormDraft.objects.filter(user=user, form=form, row_id=row_id).order_by("-at", "-pk"))


def may_set_rules(user: User) -> bool:
    """Whether somebody may change the operator's own rules: only who may change settings everywhere."""
    return user.property_scope("settings.edit") is None


def open_sessions(user: User, at: datetime) -> QuerySet[UserSession]:
    """The sessions of a user that hold at a moment, the one seen last first."""
    return UserSession.objects.filter(user=user, ended_at=None, idle_until__gt=at, ends_at__gt=at).order_by(
        "-seen_at", "-pk"
    )


def invitations_open(at: datetime) -> QuerySet[Invitation]:
    """Links that were neither used nor withdrawn, those that ran out within the last month too, the latest first."""
    lately = at - timedelta(days=30)
    waiting = Invitation.objects.filter(used_at=None, revoked_at=None, expires_at__gt=lately)
    return waiting.select_related("user", "made_by").order_by("-made_at", "-pk")
