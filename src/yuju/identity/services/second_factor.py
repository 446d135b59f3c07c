"""The second factor: digits of an app (TOTP, RFC 6238), recovery codes, and who has to have one by when."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

import pyotp
from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction, SignInMeans
from yuju.identity.models import Operator, Passkey, RecoveryCode, TotpFactor, User
from yuju.identity.services.attempts import attempt_key, attempts_note, attempts_take_turns, attempts_used_up
from yuju.identity.services.audit import audit_record
from yuju.identity.services.rules import needs_factor, sign_in_rules
from yuju.identity.services.session import sessions_end
from yuju.identity.services.users import refuse_changing
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused

STEP = 30
DRIFT = 1
"""The clocks of phone and server may be apart by this many steps."""

TRIES_PER_USER = 6
TRIES_PER_ADDRESS = 40
RECOVERY_CODES = 10
SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""The signs of recovery codes: none that is taken for another when it is read out or copied by hand."""


def has_factor(user: User) -> bool:
    """Whether the user's password alone does not let in. One or two queries."""
    return TotpFactor.objects.filter(user=user).exists() or Passkey.objects.filter(user=user).exists()


def factor_asked_from(*, user: User, at: datetime) -> datetime | None:
    """From when on the user gets no further without setting up a second factor; None where nothing is asked of them.

    The time of grace begins when this is asked first.
    """
    if not needs_factor(user) or has_factor(user):
        return None
    if user.factor_due_at is None:
        user.factor_due_at = at + timedelta(days=sign_in_rules().grace_days)
        user.save(update_fields=["factor_due_at"])
    return user.factor_due_at


def totp_secret_make() -> str:
    """A new secret for an app, 160 bits in base 32."""
    return pyotp.random_base32()


def totp_address(*, user: User, secret: str) -> str:
    """What an app reads from the QR code."""
    operator = Operator.objects.get(pk=user.operator_id)
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"Yuju {operator.name}")


@transaction.atomic
def totp_add(*, user: User, secret: str, code: str, at: datetime) -> list[str]:
    """Adds the app that shows the digits of a secret. Returns recovery codes where the user had none.

    Raises:
        Refused: the digits are not right, or there is an app already.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if TotpFactor.objects.filter(user=user).exists():
        raise Refused(_("There is an authenticator app already. Remove it first."), field="code")
    step = _matching_step(secret, _tidied(code), at)
    if step is None:
        raise Refused(
            _("These are not the digits the app shows now. Check that the phone's clock is right."), field="code"
        )
    TotpFactor.objects.create(user=user, secret=secret, last_step=step, added_at=at)
    audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="totp_added")
    return recovery_codes_if_none(user=user, at=at)


@transaction.atomic
def totp_remove(*, user: User, at: datetime) -> None:
    """Removes the user's app.

    Raises:
        Refused: it is the last factor of somebody who has to have one.
    """
    refuse_last_factor(user, others=Passkey.objects.filter(user=user).exists())
    if TotpFactor.objects.filter(user=user).delete()[0]:
        audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="totp_removed")
    forget_codes_without_factor(user)


def refuse_last_factor(user: User, *, others: bool) -> None:
    """Refuses to take away what somebody has to have."""
    if not others and needs_factor(user):
        raise Refused(_("Your role needs two-step sign-in. Add another way first, then remove this one."))


def forget_codes_without_factor(user: User) -> None:
    """Recovery codes stand in for a factor: without one they go too."""
    if not has_factor(user):
        RecoveryCode.objects.filter(user=user).delete()


def recovery_codes_if_none(*, user: User, at: datetime) -> list[str]:
    """Recovery codes for a user who has not a single one left; otherwise none."""
    if RecoveryCode.objects.filter(user=user, used_at=None).exists():
        return []
    return recovery_codes_make(user=user, at=at)


@transaction.atomic
def recovery_codes_make(*, user: User, at: datetime) -> list[str]:
    """Ten new codes in place of those there were, in the clear this one time.

    Raises:
        Refused: the user has no second factor that they could stand in for.
    """
    if not has_factor(user):
        raise Refused(_("Set up an authenticator app or a passkey first."))
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(SIGNS) for _sign in range(10)) for _code in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=_code_hash(code)) for code in codes])
    audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="recovery_codes")
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    """How many of a user's codes have not been used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def factor_check(*, user: User, code: str, address: str, at: datetime) -> SignInMeans:
    """Takes the digits of the user's app or a recovery code, each once.

    Args:
        code: as typed; blanks and hyphens do not count.
        address: the caller's network address, for the second limit.

    Raises:
        Refused: it is neither, or was taken before (code `wrong`), or there were too many tries in 15 minutes
            (code `throttled`).
    """
    keys = {
        attempt_key("factor", str(user.pk)): TRIES_PER_USER,
        attempt_key("factor address", address): TRIES_PER_ADDRESS,
    }
    attempts_take_turns(keys)
    if attempts_used_up(keys, at=at):
        raise Refused(_("Too many tries. Wait 15 minutes and try again."), field="code", code="throttled")
    tidied = _tidied(code)
    if _totp_take(user, tidied, at):
        return SignInMeans.TOTP
    if _recovery_code_take(user, tidied, at):
        return SignInMeans.RECOVERY_CODE
    attempts_note(keys, at=at)
    audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=at, about=user, what="factor")
    raise Refused(_("This code is not right, or was used before."), field="code", code="wrong")


@transaction.atomic
def factors_reset(*, user: User, by: User | None, at: datetime) -> None:
    """Takes away all second factors of a user who has lost them, and ends their sessions.

    Raises:
        Refused: `by` may not change this user.
    """
    refuse_changing(by, user)
    TotpFactor.objects.filter(user=user).delete()
    Passkey.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    # No second time of grace: whoever has to have one sets it up at the next sign-in.
    User.objects.filter(pk=user.pk).update(factor_due_at=at)
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=user, what="factors_reset")
    sessions_end(user=user, by=by, at=at)


def _totp_take(user: User, code: str, at: datetime) -> bool:
    factor = TotpFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return False
    step = _matching_step(factor.secret, code, at)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step, factor.used_at = step, at
    factor.save(update_fields=["last_step", "used_at"])
    return True


def _recovery_code_take(user: User, code: str, at: datetime) -> bool:
    unused = RecoveryCode.objects.filter(user=user, code_hash=_code_hash(code), used_at=None)
    if not unused.update(used_at=at):
        return False
    audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="recovery_code_used")
    return True


def _matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The latest step near a moment whose digits these are."""
    now = int(at.timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    for step in range(now + DRIFT, now - DRIFT - 1, -1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _tidied(code: str) -> str:
    """A code without what people put between its signs, in half-width small letters."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).lower() if sign.isalnum())


def _code_hash(code: str) -> str:
    return keyed_hash(code, "recovery_code")
