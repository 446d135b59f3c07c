"""Passkeys (通行密钥, WebAuthn level 2): adding them, and taking their proof in place of a password or beside it.

They always verify the user (fingerprint, face or PIN of the device), so one is as good as password and second factor together,
and are discoverable: the browser offers them without a name being typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import webauthn
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from yuju.identity.choices import AuditAction
from yuju.identity.models import Operator, Passkey, TotpFactor, User
from yuju.identity.services.attempts import attempt_key, attempts_note, attempts_take_turns, attempts_used_up
from yuju.identity.services.audit import audit_record
from yuju.identity.services.second_factor import (
    TRIES_PER_ADDRESS,
    forget_codes_without_factor,
    recovery_codes_if_none,
    refuse_last_factor,
)
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused

MOST = 10
LONGEST_NAME = 60


@dataclass(frozen=True)
class Site:
    """Where passkeys are used: the host name they belong to, and the origin a browser must say it is at."""

    host: str
    origin: str


@dataclass(frozen=True)
class Asked:
    """What a browser is asked (JSON of WebAuthn options), and the challenge its answer must hold, in base64url."""

    options: str
    challenge: str


def passkey_add_options(*, user: User, site: Site) -> Asked:
    """What the browser needs to make a passkey for a user."""
    operator = Operator.objects.get(pk=user.operator_id)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=f"Yuju {operator.name}",
        user_id=_handle(user),
        user_name=user.username,
        user_display_name=user.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(user),
    )
    return Asked(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


@transaction.atomic
def passkey_add(
    *, user: User, name: str, credential: str, challenge: str, site: Site, at: datetime
) -> tuple[Passkey, list[str]]:
    """Keeps a passkey that the browser has made. Returns it, and recovery codes where the user had none.

    Args:
        credential: the browser's answer, JSON.
        challenge: what it was asked with, in base64url.

    Raises:
        Refused: the answer is not one to this challenge at this site, the passkey is known, or there are ten already.
    """
    if Passkey.objects.filter(user=user).count() >= MOST:
        raise Refused(_("You have %(count)d passkeys; remove one first.") % {"count": MOST})
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError) as error:
        raise Refused(_("The passkey could not be added. Try again.")) from error
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(
                user=user,
                name=name.strip()[:LONGEST_NAME] or _("Passkey"),
                credential_id=bytes_to_base64url(made.credential_id),
                public_key=bytes_to_base64url(made.credential_public_key),
                sign_count=made.sign_count,
                added_at=at,
            )
    except IntegrityError as error:
        raise Refused(_("This passkey is known already.")) from error
    audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="passkey_added")
    return passkey, recovery_codes_if_none(user=user, at=at)


def passkey_rename(*, passkey: Passkey, name: str) -> None:
    """Gives a passkey another name.

    Raises:
        Refused: the name is empty.
    """
    if not name.strip():
        raise Refused(_("Give the passkey a name."), field="name")
    passkey.name = name.strip()[:LONGEST_NAME]
    passkey.save(update_fields=["name"])


@transaction.atomic
def passkey_remove(*, passkey: Passkey, at: datetime) -> None:
    """Forgets a passkey.

    Raises:
        Refused: it is the last factor of somebody who has to have one.
    """
    user = passkey.user
    others = (
        Passkey.objects.filter(user=user).exclude(pk=passkey.pk).exists()
        or TotpFactor.objects.filter(user=user).exists()
    )
    refuse_last_factor(user, others=others)
    passkey.delete()
    audit_record(action=AuditAction.CHANGED, by=user, at=at, about=user, what="passkey_removed")
    forget_codes_without_factor(user)


def passkey_ask(*, user: User | None, site: Site) -> Asked:
    """What the browser needs to prove a passkey: one of a user's, or, for None, any it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(user) if user is not None else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


@transaction.atomic
def passkey_check(
    *, credential: str, challenge: str, site: Site, user: User | None, address: str, at: datetime
) -> User:
    """The user whose passkey gave this proof.

    Args:
        user: whose it must be; None takes any user's.

    Raises:
        Refused: the proof is none, or somebody else's, or a copy of the passkey was used (code `wrong`), or there were
            too many tries in 15 minutes (code `throttled`).
    """
    keys = {attempt_key("factor address", address): TRIES_PER_ADDRESS}
    attempts_take_turns(keys)
    if attempts_used_up(keys, at=at):
        raise Refused(_("Too many tries. Wait 15 minutes and try again."), code="throttled")
    passkey = _proved(credential, challenge, site, at)
    if passkey is None or not passkey.user.is_active or (user is not None and passkey.user_id != user.pk):
        attempts_note(keys, at=at)
        about = passkey.user if passkey is not None else None
        audit_record(action=AuditAction.SIGN_IN_REFUSED, by=None, at=at, about=about, what="passkey")
        raise Refused(_("This passkey does not sign in here. Use your password."), code="wrong")
    proved: User = passkey.user
    return proved


def _proved(credential: str, challenge: str, site: Site, at: datetime) -> Passkey | None:
    try:
        given = parse_authentication_credential_json(credential)
        known = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        passkey = known.filter(credential_id=bytes_to_base64url(given.raw_id)).first()
        if passkey is None or (given.response.user_handle or _handle(passkey.user)) != _handle(passkey.user):
            return None
        proof = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError):
        return None
    passkey.sign_count, passkey.used_at = proof.new_sign_count, at
    passkey.save(update_fields=["sign_count", "used_at"])
    return passkey


def _handle(user: User) -> bytes:
    """What a device knows the user by: it says nothing to anybody else."""
    return bytes.fromhex(keyed_hash(str(user.pk), "passkey_user"))


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    ids = Passkey.objects.filter(user=user).order_by("pk").values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key)) for key in ids]
