"""The password of somebody who signs in: slowed down when guessed at, and silent on whether the user exists."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services.attempts import WINDOW as WINDOW
from yuju.identity.services.attempts import attempt_key, attempts_note, attempts_take_turns, attempts_used_up
from yuju.identity.services.audit import audit_record
from yuju.kit.errors import Refused

TRIES_PER_USER = 8
TRIES_PER_ADDRESS = 40


def sign_in(*, username: str, password: str, address: str, at: datetime) -> User:
    """The user whose name and password these are. A second factor, where the user has one, is still to be asked for.

    Args:
        username: as typed; surrounding blanks do not count.
        password: as typed.
        address: the caller's network address, for the second limit.
        at: now, UTC.

    Raises:
        Refused: with the same sentence whether the name or the password is wrong (code `wrong`), or
            when there were too many tries in 15 minutes (code `throttled`).
    """
    username = username.strip()
    keys = {attempt_key("user", username.lower()): TRIES_PER_USER, attempt_key("address", address): TRIES_PER_ADDRESS}
    attempts_take_turns(keys)
    if attempts_used_up(keys, at=at):
        raise Refused(_("Too many tries. Wait 15 minutes and try again."), code="throttled")
    user = User.objects.filter(username=username).first()
    # An unknown name costs as much time as a known one.
    encoded = user.password if user is not None else _DECOY
    matches = check_password(password, encoded)
    if user is None or not matches or not user.is_active:
        attempts_note(keys, at=at)
        audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=at)
        raise Refused(_("User name or password is not right."), code="wrong")
    return user


def password_confirm(*, user: User, password: str, address: str, at: datetime) -> None:
    """Lets somebody signed in prove again with the password who they are; counted with the tries to sign in.

    Raises:
        Refused: it is wrong, or there were too many tries in 15 minutes.
    """
    keys = {
        attempt_key("user", user.username.lower()): TRIES_PER_USER,
        attempt_key("address", address): TRIES_PER_ADDRESS,
    }
    attempts_take_turns(keys)
    if attempts_used_up(keys, at=at):
        raise Refused(_("Too many tries. Wait 15 minutes and try again."), field="password", code="throttled")
    if not user.check_password(password):
        attempts_note(keys, at=at)
        audit_record(action=AuditAction.SIGN_IN_REFUSED, by=user, at=at, what="confirm")
        raise Refused(_("This is not your password."), field="password", code="wrong")


_DECOY = make_password("a password nobody has")
