"""A settlement signed on screen (退房结算签字), on the resident's phone or at the desk.

What is signed is a document: exactly the lines that were on the screen, with what was objected and answered. Its hash is part
of the code that is sent, and both are asked for again when it is signed.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.journeys.settling import refuse_not_agreeable, settlement_agreed, settlement_changed, settlement_held
from yuju.journeys.signing import resident_signature, signing_code_send
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.strokes import Line
from yuju.payments.choices import AgreedHow, SettlementState
from yuju.payments.models import Settlement, SettlementSignature
from yuju.reporting.settlement_pdf import settlement_document, settlement_name
from yuju.residency.choices import CodePurpose, Party
from yuju.residency.e_signature import e_signatures
from yuju.residency.ports import Signature, Signing

FOLDER = "settlements"


@transaction.atomic
def settlement_code_send(
    *, settlement: Settlement, seal: str, address: str, by: User | None, at: datetime
) -> tuple[str, str]:
    """Sends the resident a code that signs the lines they saw.

    Args:
        seal: of the lines they saw.
        address: the caller's network address, against too many requests.
        by: at whose desk; None in the portal.

    Returns:
        The hash of the document that is to be signed, and the code where pages show it themselves (empty otherwise).

    Raises:
        Refused: it cannot be agreed to, or the lines have changed since (code `changed`), as by `settlement_agree`; or the
            resident has no good telephone number.
    """
    held = settlement_held(settlement)
    if seal != held.seal:
        raise settlement_changed()
    refuse_not_agreeable(held, how=_how(by), by=by, at=at)
    digest, resident = _digest(settlement_document(held)), held.account.tenure.resident
    sent = signing_code_send(resident, purpose=CodePurpose.SETTLEMENT, sha256=digest, address=address, at=at)
    return digest, sent


def settlement_sign(
    *,
    settlement: Settlement,
    seal: str,
    sha256: str,
    code: str,
    strokes: list[Line],
    address: str,
    by: User | None = None,
    at: datetime,
) -> Settlement:
    """The resident agrees by signing on screen. Agreed already to these lines, nothing happens.

    Args:
        seal, sha256: of the lines and of the document they saw.
        code: that was sent for this document.
        address: the caller's network address, against guessing.
        by: at whose desk; None in the portal.

    Raises:
        Refused: it cannot be agreed to, or the lines or the document have changed since (code `changed`), as by
            `settlement_agree`: then nothing is written; the code is wrong (`wrong`) or was tried too often (`throttled`).
    """
    wrong: Refused | None = None
    with transaction.atomic():
        held = settlement_held(settlement)
        if seal != held.seal:
            raise settlement_changed()
        if held.state == SettlementState.AGREED:
            return held
        refuse_not_agreeable(held, how=_how(by), by=by, at=at)
        document = settlement_document(held)
        if sha256 != _digest(document):
            raise settlement_changed()
        # Whoever clicks twice waits at the settlement, before the code; a code mistyped counts even though nothing is signed.
        try:
            signature = resident_signature(
                held.account.tenure.resident,
                purpose=CodePurpose.SETTLEMENT,
                sha256=sha256,
                code=code,
                strokes=strokes,
                address=address,
                by=by,
                at=at,
            )
        except Refused as refused:
            wrong = refused
        else:
            _sign(held, document, signature, by=by, at=at)
    if wrong is not None:
        raise wrong
    return held


@edits
def _sign(held: Settlement, document: bytes, signature: Signature, *, by: User | None, at: datetime) -> None:
    driver, signing = e_signatures()[signature.means], _signing(held, document)
    driver.check(signing, signature)
    signed = driver.finish(signing, [signature], None)
    kept: list[files.Stored] = []
    try:
        with transaction.atomic():
            kept.append(_keep(document))
            kept.append(_keep(signed.content))
            row = SettlementSignature.of(
                signature,
                settlement=held,
                version=held.version,
                path=kept[0].path,
                signed_path=kept[1].path,
                signed_sha256=kept[1].sha256,
            )
            row.save(force_insert=True)
            settlement_agreed(held, how=_how(by), by=by, at=at)
            place = held.property_id
            said = {"decision": "signed", "means": signature.means, "sha256": signature.sha256}
            audit_record(
                action=AuditAction.DECIDED, by=by, at=at, about=held, property_id=place, what="settlement", **said
            )
    except Exception:
        for one in kept:
            files.forget(one.path)
        raise


def _keep(document: bytes) -> files.Stored:
    return files.keep(ContentFile(document, "settlement.pdf"), (files.PDF,), folder=FOLDER)


def _signing(held: Settlement, document: bytes) -> Signing:
    resident = held.account.tenure.resident
    return Signing(
        reference=f"{held.operator_id}-settlement-{held.pk}-{held.version}",
        title=settlement_name(held),
        document=document,
        sha256=_digest(document),
        parties={Party.RESIDENT: (resident.name, str(resident.phone))},
        with_page=partial(settlement_document, held),
    )


def _how(by: User | None) -> AgreedHow:
    return AgreedHow.PHONE if by is None else AgreedHow.SCREEN


def _digest(document: bytes) -> str:
    return sha256(document).hexdigest()
