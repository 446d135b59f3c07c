"""Codes of the residents' portal: asked for, printed at the desk, used once, and the change of a telephone number by one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.identity.services.attempts import attempt_key, attempts_note, attempts_take_turns, attempts_used_up
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.choices import CodePurpose
from yuju.residency.deaths import death_of
from yuju.residency.models import PortalCode, Resident
from yuju.residency.phones import phone_hash
from yuju.residency.ports import CodeChannel
from yuju.residency.searching import residents_index
from yuju.residency.selectors import Person, is_on_file, person_of

CODE_DIGITS, CODE_LIFE = 6, timedelta(minutes=5)
SLIP_DIGITS, SLIP_LIFE = 8, timedelta(hours=24)
TRIES = 5
"""How often a code may be mistyped."""

REQUESTS_PER_PHONE, REQUESTS_PER_ADDRESS = 5, 20
TRIES_PER_ADDRESS = 40
"""In 15 minutes."""

_KEPT = timedelta(days=7)


def portal_code_request(
    *,
    phone: str,
    purpose: CodePurpose = CodePurpose.SIGN_IN,
    bearer: Person | None = None,
    about: str = "",
    address: str,
    channels: Sequence[CodeChannel],
    show: bool = False,
    at: datetime,
) -> str:
    """Makes a code for a telephone number and sends it, unless too many were asked for.

    Nothing in the answer tells whether the number is known here, or whether there were too many requests.

    Args:
        bearer: who asks, where the code is for a new number.
        about: the hash of the document that it is for, where it signs one: the code proves nothing else.
        channels: what codes are sent over.
        show: whether the caller shows the code itself, as the demo does.

    Returns:
        The code where it is to be shown; empty otherwise.

    Raises:
        Refused: it is no telephone number.
    """
    number = check_phone(phone, field="phone")
    limits = {
        attempt_key("portal code for", keyed_hash(number, "phone")): REQUESTS_PER_PHONE,
        attempt_key("portal code from", address): REQUESTS_PER_ADDRESS,
    }
    attempts_take_turns(limits)
    if attempts_used_up(limits, at=at):
        return ""
    attempts_note(limits, at=at)
    if not (channels or show):
        return ""
    code = _code(CODE_DIGITS)
    hashed = phone_hash(number)
    # Made for unknown numbers too: both ways do the same work. Whoever has the phone of somebody who died is told so by
    # signing in, and by nothing before.
    known = purpose != CodePurpose.SIGN_IN or is_on_file(hashed)
    _keep(hashed, code, purpose, at + CODE_LIFE, at, bearer_hash=bearer.phone_hash if bearer else about)
    if known:
        for channel in channels:
            channel.send(phone=number, code=code)
    return code if show else ""


def portal_slip_print(*, resident: Resident, by: User, at: datetime) -> str:
    """A code on paper for somebody at the desk, good for 24 hours; an earlier slip is no longer good.

    Raises:
        Refused: the resident has no telephone number on file, or died (code `deceased`).
    """
    if death_of(resident.pk) is not None:
        raise Refused(_("The resident died: nobody signs in for them."), code="deceased")
    if not resident.phone:
        raise Refused(_("A sign-in code needs the resident's phone number: enter it first."), code="no_phone")
    code = _code(SLIP_DIGITS)
    hashed = phone_hash(resident.phone)
    PortalCode.objects.filter(phone_hash=hashed, purpose=CodePurpose.SLIP, expires_at__gt=at).update(expires_at=at)
    _keep(hashed, code, CodePurpose.SLIP, at + SLIP_LIFE, at, made_by=by)
    audit_record(
        action=AuditAction.CREATED, by=by, at=at, about=resident, property_id=resident.property_id, what="portal_slip"
    )
    return code


def portal_sign_in(*, phone: str, code: str, address: str, at: datetime) -> Person:
    """The person who has a telephone number, proved by a code that was sent to it or printed at the desk.

    Raises:
        Refused: with the same sentence whether the number is unknown, or the code wrong, used, expired or mistyped too
            often (code `wrong`); when there were too many tries from the address (code `throttled`); or, the code being right,
            when whoever is on file with the number died (code `deceased`).
    """
    hashed = _used(phone, code, (CodePurpose.SIGN_IN, CodePurpose.SLIP), "", address, at)
    person = person_of(hashed) if hashed else None
    if person is None:
        audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=at, face="portal")
        if is_on_file(hashed):
            raise Refused(
                _(
                    "The resident with this number died, and this sign-in is closed. Heirs: please turn to the front desk."
                ),
                field="code",
                code="deceased",
            )
        raise Refused(_("The code is not right or no longer good."), field="code", code="wrong")
    latest = person.residents[0]
    audit_record(
        action=AuditAction.SIGNED_IN, by=None, at=at, about=latest, property_id=latest.property_id, face="portal"
    )
    return person


def portal_phone_change(*, person: Person, phone: str, code: str, address: str, at: datetime) -> Person:
    """Gives a person a new telephone number, proved by a code that was sent to it. Until then the old one stays.

    Raises:
        Refused: as `portal_sign_in`.
    """
    hashed = _used(phone, code, (CodePurpose.PHONE,), person.phone_hash, address, at)
    if not hashed:
        raise Refused(_("The code is not right or no longer good."), field="code", code="wrong")
    number = check_phone(phone, field="phone")
    for resident in person.residents:
        resident.phone, resident.phone_hash, resident.updated_at = number, hashed, at
        resident.save(update_fields=["phone", "phone_hash", "updated_at"])
    residents_index(person.residents)
    changed = person_of(hashed)
    assert changed is not None
    return changed


def portal_code_prove(
    *, phone: str, code: str, purpose: CodePurpose, about: str, address: str, at: datetime
) -> PortalCode:
    """Uses up a code that was sent to a telephone number for one document, and gives it as the proof.

    Raises:
        Refused: as `portal_sign_in`.
    """
    hashed = _used(phone, code, (purpose,), about, address, at)
    if not hashed:
        raise Refused(_("The code is not right or no longer good."), field="code", code="wrong")
    used: PortalCode = PortalCode.objects.filter(
        phone_hash=hashed, purpose=purpose, bearer_hash=about, used_at=at
    ).latest("pk")
    return used


def _used(phone: str, code: str, purposes: Sequence[CodePurpose], bearer_hash: str, address: str, at: datetime) -> str:
    """Uses a code up; the hash of the number it proves, or empty where it proves nothing."""
    number = check_phone(phone, field="phone")
    hashed = phone_hash(number)
    from_here = {attempt_key("portal try from", address): TRIES_PER_ADDRESS}
    attempts_take_turns([attempt_key("portal try for", hashed), *from_here])
    if attempts_used_up(from_here, at=at):
        raise Refused(_("Too many tries. Wait 15 minutes and try again."), code="throttled")
    good = PortalCode.objects.filter(
        phone_hash=hashed,
        purpose__in=purposes,
        bearer_hash=bearer_hash,
        used_at=None,
        expires_at__gt=at,
        tries__lt=TRIES,
    )
    typed = _code_hash(hashed, "".join(code.split()))
    matching = [one for one in good if constant_time_compare(one.code_hash, typed)]
    if not matching:
        good.update(tries=F("tries") + 1)
        attempts_note(from_here, at=at)
        return ""
    # The others go with it: what was sent before is no longer needed.
    good.update(used_at=at)
    return hashed


def _code(digits: int) -> str:
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def _code_hash(hashed: str, code: str) -> str:
    return keyed_hash(f"{hashed}:{code}", "portal_code")


def _keep(
    hashed: str,
    code: str,
    purpose: CodePurpose,
    until: datetime,
    at: datetime,
    *,
    bearer_hash: str = "",
    made_by: User | None = None,
) -> None:
    PortalCode.objects.filter(expires_at__lt=at - _KEPT).delete()
    PortalCode.objects.create(
        purpose=purpose,
        phone_hash=hashed,
        bearer_hash=bearer_hash,
        code_hash=_code_hash(hashed, code),
        made_at=at,
        made_by=made_by,
        expires_at=until,
    )
