"""One-time links: a user whom a manager invites, or who forgot the password, sets one of their own."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction, InvitationState
from yuju.identity.models import Invitation, User
from yuju.identity.services.audit import audit_record
from yuju.identity.services.users import refuse_changing, user_set_password
from yuju.kit.errors import Refused

VALID_FOR = timedelta(hours=72)


@transaction.atomic
def invitation_make(*, user: User, by: User | None, at: datetime) -> str:
    """A link's token for a user, in the clear this one time; an earlier link of the user no longer works.

    Raises:
        Refused: the user is locked, or `by` may not change this user.
    """
    refuse_changing(by, user)
    held = User.objects.select_for_update().get(pk=user.pk)
    if not held.is_active:
        raise Refused(_("This user is locked. Unlock the user first."))
    _open_of(held).update(revoked_at=at)
    token = secrets.token_urlsafe(24)
    Invitation.objects.create(
        user=held, token_hash=_token_hash(token), made_at=at, made_by=by, expires_at=at + VALID_FOR
    )
    what = "reset_link" if held.has_usable_password() else "invited"
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=held, what=what)
    return token


def invitation_open(*, token: str, at: datetime) -> Invitation | None:
    """The invitation of a token that can still be accepted. Looking does not use it up."""
    found = Invitation.objects.select_related("user").filter(token_hash=_token_hash(token)).first()
    if found is None or found.state(at) != InvitationState.OPEN or not found.user.is_active:
        return None
    return found


@transaction.atomic
def invitation_accept(*, token: str, password: str, at: datetime) -> User:
    """Sets the password of the user a link was made for, and uses the link up.

    Raises:
        Refused: the link has run out, was used or withdrawn (code `over`), or the password is refused (field
            `password`).
    """
    Invitation.objects.select_for_update().filter(token_hash=_token_hash(token)).first()
    found = invitation_open(token=token, at=at)
    if found is None:
        raise Refused(_("This link no longer works. Ask your manager for a new one."), code="over")
    user: User = found.user
    user_set_password(user=user, password=password, by=user, at=at)
    found.used_at = at
    found.save(update_fields=["used_at"])
    return user


@transaction.atomic
def invitation_revoke(*, user: User, by: User | None, at: datetime) -> bool:
    """Withdraws the open link of a user. Whether there was one.

    Raises:
        Refused: `by` may not change this user.
    """
    refuse_changing(by, user)
    if not _open_of(user).update(revoked_at=at):
        return False
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=user, what="invitation_revoked")
    return True


def _open_of(user: User) -> QuerySet[Invitation]:
    return Invitation.objects.filter(user=user, used_at=None, revoked_at=None)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
