"""Making operators, users and their postings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction, Role
from yuju.identity.models import Posting, User
from yuju.identity.services.audit import audit_record
from yuju.kit.errors import Refused

SHORTEST_PASSWORD = 10


def user_create(
    *,
    username: str,
    name: str,
    password: str,
    postings: Iterable[tuple[Role, int | None]],
    by: User | None,
    at: datetime,
) -> User:
    """Makes a user with roles; a posting's property None means every property.

    Raises:
        Refused: the name is taken, the password too short, or no role is given.
    """
    wanted = list(postings)
    username = username.strip()
    if not username:
        raise Refused(_("Give a user name."), field="username")
    if not wanted:
        raise Refused(_("Give the user at least one role."), field="role")
    _check_password(password)
    user = User(username=username, name=name.strip() or username, created_at=at)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("The user name “%(name)s” is taken.") % {"name": username}, field="username") from error
    Posting.objects.bulk_create([Posting(user=user, role=role, property_id=place) for role, place in wanted])
    audit_record(action=AuditAction.CREATED, by=by, at=at, about=user)
    return user


def user_change(
    *,
    user: User,
    name: str,
    is_active: bool,
    postings: Iterable[tuple[Role, int | None]],
    by: User | None,
    at: datetime,
) -> User:
    """Changes a user's name, roles and right to sign in.

    Raises:
        Refused: no role is given, or somebody would lock themself out.
    """
    wanted = set(postings)
    if not wanted:
        raise Refused(_("Give the user at least one role."), field="role")
    if by is not None and by.pk == user.pk and not is_active:
        raise Refused(_("You cannot lock yourself out."), field="is_active")
    user.name = name.strip() or user.username
    user.is_active = is_active
    user.save(update_fields=["name", "is_active"])
    had = {(Role(p.role), p.property_id): p for p in user.postings.all()}
    for key, posting in had.items():
        if key not in wanted:
            posting.delete()
    Posting.objects.bulk_create([Posting(user=user, role=r, property_id=p) for r, p in wanted if (r, p) not in had])
    user.__dict__.pop("roles_by_property", None)
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=user)
    return user


def user_set_password(*, user: User, password: str, by: User | None, at: datetime) -> None:
    """Sets a new password.

    Raises:
        Refused: it is shorter than ten characters.
    """
    _check_password(password)
    user.set_password(password)
    user.save(update_fields=["password"])
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=user, what="password")


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(
            _("The password is too short: use at least %(count)d characters.") % {"count": SHORTEST_PASSWORD},
            field="password",
        )
