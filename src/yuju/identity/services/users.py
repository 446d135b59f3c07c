"""Making users and their postings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yuju.identity.models import Posting, User
from yuju.identity.selectors import STAFF, beyond, may_change_user, staff_roles
from yuju.identity.services.guards import nothing_lost, rights_changed
from yuju.identity.services.history import edits
from yuju.identity.services.session import sessions_end
from yuju.kit.errors import Refused


@edits
def user_create(
    *,
    username: str,
    name: str,
    password: str | None,
    postings: Iterable[tuple[str, int | None]],
    by: User | None,
    at: datetime,
) -> User:
    """Makes a user with roles; a posting's property None means every property.

    Args:
        password: None for a user who is invited to set one (`invitation_make`), and cannot sign in before.
        by: who makes the user; None for the command line, which may do everything.

    Raises:
        Refused: the name is taken, the password against the rules, no role is given, or one that `by` may not give.
    """
    wanted = list(postings)
    username = username.strip()
    if not username:
        raise Refused(_("Give a user name."), field="username")
    if not wanted:
        raise Refused(_("Give the user at least one role."), field="role")
    _refuse_beyond(by, wanted)
    user = User(username=username, name=name.strip() or username, created_at=at)
    if password is not None:
        _check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(
            _("The user name “%(name)s” is taken. Choose another.") % {"name": username}, field="username"
        ) from error
    Posting.objects.bulk_create([Posting(user=user, role=role, property_id=place) for role, place in wanted])
    return user


@transaction.atomic
@edits
def user_change(
    *,
    user: User,
    name: str,
    is_active: bool,
    postings: Iterable[tuple[str, int | None]],
    by: User | None,
    at: datetime,
) -> User:
    """Changes a user's name, roles and right to sign in.

    Raises:
        Refused: no role is given, `by` may not change this user or not give one of the roles, or somebody would lock
            themself out.
    """
    wanted = set(postings)
    # Two who change one user come one after the other.
    held = User.objects.select_for_update().get(pk=user.pk)
    refuse_changing(by, held)
    if not wanted:
        raise Refused(_("Give the user at least one role."), field="role")
    if by is not None and by.pk == user.pk and not is_active:
        raise Refused(_("You cannot lock yourself out."), field="is_active")
    if by is not None and by.pk == user.pk and _loses_staff(user, wanted):
        raise Refused(_("You cannot take your own right to change staff away; somebody else can."), field="role")
    had = {(p.role, p.property_id): p for p in held.postings.all()}
    _refuse_beyond(by, wanted - had.keys())
    with nothing_lost(by):
        _write(user, name, is_active, wanted, had)
    rights_changed()
    if not is_active:
        sessions_end(user=user, by=by, at=at)
    return user


def _write(
    user: User,
    name: str,
    is_active: bool,
    wanted: set[tuple[str, int | None]],
    had: dict[tuple[str, int | None], Posting],
) -> None:
    user.name = name.strip() or user.username
    user.is_active = is_active
    user.save(update_fields=["name", "is_active"])
    for key, posting in had.items():
        if key not in wanted:
            posting.delete()
    Posting.objects.bulk_create([Posting(user=user, role=r, property_id=p) for r, p in wanted if (r, p) not in had])
    user.__dict__.pop("roles_by_property", None)


def _loses_staff(user: User, wanted: set[tuple[str, int | None]]) -> bool:
    """Whether a user who may change staff somewhere could not do so there any more."""
    giving = {role.code for role in staff_roles() if STAFF in role.permissions and not role.retired}
    keeps = {place for role, place in wanted if role in giving}
    had = user.property_scope(STAFF)
    return None not in keeps and (had is None or not set(had) <= keeps)


@edits
def user_set_password(*, user: User, password: str, by: User | None, at: datetime) -> None:
    """Sets a new password, which ends all the user's sessions.

    Raises:
        Refused: it is against the rules for passwords, or `by` may not change this user.
    """
    if by is None or by.pk != user.pk:
        refuse_changing(by, user)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions_end(user=user, by=by, at=at)


def user_rename(*, user: User, name: str) -> None:
    """Changes one's own name, as colleagues read it.

    Raises:
        Refused: it is empty.
    """
    if not name.strip():
        raise Refused(_("Give your name."), field="name")
    user.name = name.strip()
    user.save(update_fields=["name"])


def user_change_password(*, user: User, old: str, new: str, at: datetime) -> None:
    """Changes one's own password; all browsers of the user are signed out by it, and this one has to be let in anew.

    Raises:
        Refused: the old one is wrong, or the new one is the same or against the rules for passwords.
    """
    if not user.check_password(old):
        raise Refused(_("This is not your present password."), field="old")
    if old == new:
        raise Refused(_("The new password is the present one."), field="new")
    try:
        user_set_password(user=user, password=new, by=user, at=at)
    except Refused as refusal:
        refusal.field = "new"
        raise


def refuse_changing(by: User | None, user: User) -> None:
    """Refuses whoever may not change a user; the command line (None) may."""
    if by is not None and not may_change_user(by, user):
        raise Refused(
            _("%(name)s is posted where you may not change staff.") % {"name": user}, field="role", code="not_allowed"
        )


def _refuse_beyond(by: User | None, given: Iterable[tuple[str, int | None]]) -> None:
    """Nobody gives a role where they may not change staff, or one that may do there what they may not."""
    roles = {role.code: role for role in staff_roles()}
    for code, place in given:
        role = roles.get(code)
        if role is None or role.retired:
            raise Refused(_("This role is not given any more: choose another one."), field="role", code="retired")
        if by is not None and (beyond(by, role, place) or not _may_post(by, place)):
            raise Refused(
                _("You may not give the role %(role)s there.") % {"role": role.label},
                field="role",
                code="not_allowed",
            )


def _may_post(by: User, place: int | None) -> bool:
    scope = by.property_scope(STAFF)
    return scope is None or place in scope


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from error
