"""Signing in with a password: slowed down when guessed at, and silent on whether the user exists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import SignInAttempt, User
from yuju.identity.services.audit import audit_record
from yuju.kit.errors import Refused
from yuju.kit.tenancy import require_operator_id

WINDOW = timedelta(minutes=15)
TRIES_PER_USER = 8
TRIES_PER_ADDRESS = 40


def sign_in(*, username: str, password: str, address: str, at: datetime) -> User:
    """The user whose name and password these are.

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
    keys = {_key("user", username.lower()): TRIES_PER_USER, _key("address", address): TRIES_PER_ADDRESS}
    _take_turns(keys)
    for key, limit in keys.items():
        if SignInAttempt.objects.filter(key_hash=key, at__gt=at - WINDOW).count() >= limit:
            raise Refused(_("Too many tries. Wait 15 minutes and try again."), code="throttled")
    user = User.objects.filter(username=username).first()
    # An unknown name costs as much time as a known one.
    encoded = user.password if user is not None else _DECOY
    matches = check_password(password, encoded)
    if user is None or not matches or not user.is_active:
        SignInAttempt.objects.filter(at__lt=at - 2 * WINDOW).delete()
        SignInAttempt.objects.bulk_create([SignInAttempt(key_hash=key, at=at) for key in keys])
        audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=at)
        raise Refused(_("User name or password is not right."), code="wrong")
    user.last_login = at
    user.save(update_fields=["last_login"])
    audit_record(action=AuditAction.SIGNED_IN, by=user, at=at)
    return user


def _take_turns(keys: Iterable[str]) -> None:
    """Those who try one name, or from one address, come one after the other, or many at once would all be counted as few.

    Always the name first and the address second, so that no two wait for each other.
    """
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"sign-in:{key}", require_operator_id()]
            )


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


_DECOY = make_password("a password nobody has")
