"""Second factors in tests."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from django.utils import timezone

from yuju.identity.models import User
from yuju.identity.services.second_factor import totp_add, totp_secret_make


def app_of(user: User) -> tuple[str, list[str]]:
    """Gives a user an app, as of an hour ago. Its secret, and the recovery codes."""
    secret, before = totp_secret_make(), timezone.now() - timedelta(hours=1)
    return secret, totp_add(user=user, secret=secret, code=pyotp.TOTP(secret).at(before), at=before)
