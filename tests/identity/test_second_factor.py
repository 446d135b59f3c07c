"""The second factor: each code once, clocks a little apart, tries limited, and asked of whom the rules name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.console_world import ConsoleWorld
from yuju.identity.choices import Role, SignInMeans
from yuju.identity.models import AuditEntry, RecoveryCode, SignInAttempt, TotpFactor, User
from yuju.identity.services.rules import sign_in_rules_change
from yuju.identity.services.second_factor import (
    DRIFT,
    STEP,
    TRIES_PER_USER,
    factor_asked_from,
    factor_check,
    factors_reset,
    has_factor,
    recovery_codes_make,
    totp_add,
    totp_remove,
    totp_secret_make,
)
from yuju.kit.errors import Refused

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.fixture
def world(operator: object) -> ConsoleWorld:
    return ConsoleWorld(operator)  # type: ignore[arg-type]


def _digits(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def _with_app(world: ConsoleWorld, role: str = "manager") -> tuple[User, str, list[str]]:
    """A user with an app, added an hour before."""
    user, secret = world.user(role), totp_secret_make()
    added = AT - timedelta(hours=1)
    return user, secret, totp_add(user=user, secret=secret, code=_digits(secret, added), at=added)


def _outcome(user: User, code: str, at: datetime = AT, address: str = "10.0.0.1") -> str:
    try:
        return str(factor_check(user=user, code=code, address=address, at=at))
    except Refused as refused:
        return str(refused.code)


def test_digits_are_taken_once_however_they_are_typed(world: ConsoleWorld) -> None:
    user, secret, _codes = _with_app(world)
    digits = _digits(secret, AT)
    assert _outcome(user, f" {digits[:3]} {digits[3:]} ") == SignInMeans.TOTP
    assert _outcome(user, digits) == "wrong"
    assert _outcome(user, digits, AT + timedelta(seconds=STEP)) == "wrong"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 240), st.integers(-4, 4)), max_size=10))
def test_every_step_is_taken_once_near_its_time_and_never_after_a_later_one(
    world: ConsoleWorld, tries: list[tuple[int, int]]
) -> None:
    """Held against the rule written out: `tries` are seconds passed and how many steps the phone is ahead."""
    sid = transaction.savepoint()
    user, secret, _codes = _with_app(world)
    last, now = TotpFactor.objects.get(user=user).last_step, AT
    for passed, ahead in tries:
        now += timedelta(seconds=passed)
        SignInAttempt.objects.all().delete()
        step = int(now.timestamp()) // STEP + ahead
        taken = abs(ahead) <= DRIFT and step > last
        assert (_outcome(user, _digits(secret, now + timedelta(seconds=STEP * ahead)), now) == "totp") is taken
        last = step if taken else last
    transaction.savepoint_rollback(sid)


def test_recovery_codes_are_taken_once_each_and_kept_as_hashes_alone(world: ConsoleWorld) -> None:
    # Given ten codes that came with the app
    user, _secret, codes = _with_app(world)
    assert len(set(codes)) == 10
    assert not set(codes) & set(RecoveryCode.objects.values_list("code_hash", flat=True))

    # When / then
    assert _outcome(user, codes[0].upper()) == SignInMeans.RECOVERY_CODE
    assert _outcome(user, codes[0]) == "wrong"
    assert _outcome(world.user("cashier"), codes[1]) == "wrong"

    # And new ones replace those that are left
    recovery_codes_make(user=user, at=AT)
    assert _outcome(user, codes[2]) == "wrong"
    assert RecoveryCode.objects.filter(user=user).count() == 10


def test_guessing_is_stopped_for_the_user_wherever_it_comes_from(world: ConsoleWorld) -> None:
    user, secret, _codes = _with_app(world)
    outcomes = [_outcome(user, "000000", address=f"10.0.0.{n}") for n in range(TRIES_PER_USER + 1)]
    assert outcomes == ["wrong"] * TRIES_PER_USER + ["throttled"]
    assert _outcome(user, _digits(secret, AT), address="10.0.9.9") == "throttled"
    assert _outcome(user, _digits(secret, AT + timedelta(minutes=16)), AT + timedelta(minutes=16)) == "totp"


def test_the_secret_is_kept_encrypted_and_only_once_its_digits_were_right(world: ConsoleWorld) -> None:
    user, secret = world.user("manager"), totp_secret_make()
    with pytest.raises(Refused):
        totp_add(user=user, secret=secret, code="000000", at=AT)
    assert not has_factor(user)
    totp_add(user=user, secret=secret, code=_digits(secret, AT), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM identity_totpfactor")
        assert secret not in cursor.fetchone()[0]
    assert TotpFactor.objects.get(user=user).secret == secret
    with pytest.raises(Refused):
        totp_add(user=user, secret=secret, code=_digits(secret, AT), at=AT)


def _rules(*roles: Role, grace: int = 7) -> None:
    sign_in_rules_change(roles_with_factor=roles, grace_days=grace, idle_minutes=60, session_hours=12, by=None, at=AT)


def test_whose_role_needs_it_has_some_days_from_the_first_sign_in(world: ConsoleWorld) -> None:
    # Given that managers need it
    _rules(Role.MANAGER)
    manager, cashier = world.user("manager", at=world.here), world.user("cashier")

    # When / then the days are counted from the first asking, and stay
    assert factor_asked_from(user=cashier, at=AT) is None
    assert factor_asked_from(user=manager, at=AT) == AT + timedelta(days=7)
    assert factor_asked_from(user=manager, at=AT + timedelta(days=9)) == AT + timedelta(days=7)

    # And whoever has one is asked for none
    secret = totp_secret_make()
    totp_add(user=manager, secret=secret, code=_digits(secret, AT), at=AT)
    assert factor_asked_from(user=manager, at=AT) is None
    with pytest.raises(Refused):
        totp_remove(user=manager, at=AT)
    assert has_factor(manager)


def test_a_reset_takes_everything_gives_no_second_grace_and_is_written_down(world: ConsoleWorld) -> None:
    # Given a manager with an app
    _rules(Role.MANAGER)
    user, secret, codes = _with_app(world)
    by = world.user("manager")

    # When
    factors_reset(user=user, by=by, at=AT)

    # Then nothing of it works, the set-up is due at once, and it is known who did it
    user = User.objects.get(pk=user.pk)
    assert not has_factor(user)
    assert factor_asked_from(user=user, at=AT) == AT
    assert {_outcome(user, _digits(secret, AT)), _outcome(user, codes[0])} == {"wrong"}
    assert AuditEntry.objects.filter(user=by, object_id=user.pk, detail__what="factors_reset").exists()

    # And whoever may not change the user may not do it either
    with pytest.raises(Refused):
        factors_reset(user=user, by=world.user("manager", at=world.here), at=AT)


def test_without_a_factor_there_are_no_recovery_codes(world: ConsoleWorld) -> None:
    user, _secret, codes = _with_app(world, "cashier")
    totp_remove(user=user, at=AT)
    assert not RecoveryCode.objects.filter(user=user).exists()
    assert _outcome(user, codes[0]) == "wrong"
    with pytest.raises(Refused):
        recovery_codes_make(user=user, at=AT)
