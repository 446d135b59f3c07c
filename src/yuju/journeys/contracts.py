"""A lease's contract: drafted from what is on file, sent, signed on paper or on screen, declared void.

What was drafted stays as it was. When the facts of the lease change, the draft is replaced by a new one, and an outdated one
cannot be signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from yuju.billing.models import BillingAccount
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.journeys.contract_facts import contract_facts
from yuju.journeys.filing import lease_file
from yuju.journeys.signing import resident_signature, signed_from
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.strokes import Line
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.residency import services
from yuju.residency.choices import CodePurpose, ContractState, Party, TenureKind, TenureState
from yuju.residency.contracts.document import CHINESE, contract_pdf, missing_in, signed_pdf, template_text
from yuju.residency.contracts.variables import Variable, variable_named
from yuju.residency.e_signature import PAPER, SCREEN, e_signatures
from yuju.residency.e_signature.paper import SCANS
from yuju.residency.models import Contract, ContractSignature, ContractTemplate, Tenure
from yuju.residency.ports import Signature, Signing

FOLDER = "contracts"


@dataclass(frozen=True)
class Prospect:
    """What a contract would state, before it is drafted: the facts by code, and the variables nobody knows."""

    facts: dict[str, str]
    missing: list[Variable]


class Unknown(Refused):
    """Facts that the text names are not on file; `missing` are their variables."""

    def __init__(self, missing: Sequence[Variable]) -> None:
        names = _(", ").join(one.name for one in missing)
        super().__init__(_("The contract needs what is not on file yet: %(names)s.") % {"names": names}, code="missing")
        self.missing = list(missing)


def contract_prospect(tenure: Tenure, template: ContractTemplate) -> Prospect:
    """What a contract of a lease made of a text would state."""
    facts = contract_facts(tenure, _next_number(tenure))
    found = (variable_named(code) for code in missing_in(template_text(template), facts))
    return Prospect(facts, [one for one in found if one is not None])


@transaction.atomic
def contract_draft(*, tenure: Tenure, template: ContractTemplate, by: User | None, at: datetime) -> Contract:
    """Drafts a contract. With the same text and the same facts it is the one that is there, unless that was voided.

    A draft of other facts or of another text is void from then on, replaced by this one.

    Raises:
        Unknown: facts that the text names are not on file.
        Refused: it is no lease, it was cancelled, the text is out of use or of another property, or a fact cannot be printed.
    """
    held = _lease(tenure)
    _check_template(template, held)
    last: Contract | None = _contracts(held).filter(template=template).exclude(state=ContractState.VOID).first()
    if last is not None and contract_facts(held, last.number) == last.facts:
        return last
    number = _next_number(held)
    facts, text = contract_facts(held, number), template_text(template)
    if missing := missing_in(text, facts):
        raise Unknown([one for code in missing if (one := variable_named(code)) is not None])
    document = contract_pdf(text, facts)
    for open_draft in _contracts(held).filter(state=ContractState.DRAFTED):
        with override(CHINESE):
            reason = _("Replaced by %(number)s") % {"number": number}
        _void(open_draft, reason, by=by, at=at)
    kept = files.keep(ContentFile(document, "contract.pdf"), (files.PDF,), folder=FOLDER)
    try:
        with transaction.atomic():
            made: Contract = Contract.objects.create(
                property_id=held.property_id,
                tenure=held,
                template=template,
                number=number,
                facts_text=json.dumps(facts, ensure_ascii=False, sort_keys=True),
                path=kept.path,
                sha256=kept.sha256,
                drafted_at=at,
                drafted_by=by,
            )
            _recorded(made, AuditAction.CREATED, by, at)
            return made
    except Exception:
        files.forget(kept.path)
        raise


@transaction.atomic
def contract_send(*, contract: Contract, by: User, at: datetime) -> Contract:
    """Signs a draft for the landlord and shows it to the resident in the portal, to be signed there or at the desk.

    Sent before: nothing happens.

    Raises:
        Refused: it is signed or void, the facts changed since it was drafted (code `changed`), or the resident has no telephone.
    """
    held = _drafted(contract)
    if held.sent_at is not None:
        return held
    _refuse_outdated(held)
    if not held.tenure.resident.phone:
        raise Refused(_("Signing on screen needs the resident's phone number: enter it first."), code="no_phone")
    driver = e_signatures()[SCREEN]
    held.driver, held.reference = driver.code, driver.begin(_signing(held))
    held.sent_at, held.sent_by = at, by
    held.save(update_fields=["driver", "reference", "sent_at", "sent_by"])
    name = f"{held.facts['landlord']}（{by.name}）"
    _add(held, Signature(Party.OPERATOR, name, SCREEN, at, held.sha256, by=by, **signed_from()))
    resident_notice_add(
        resident_id=held.tenure.resident_id,
        kind=ResidentNoticeKind.CONTRACT_SENT,
        about_id=held.pk,
        facts={"number": held.tenure.number, "unit": held.tenure.unit.label},
        at=at,
    )
    _told(held)
    return held


def contract_sign_on_screen(
    *,
    contract: Contract,
    code: str,
    strokes: list[Line],
    sha256: str,
    address: str,
    by: User | None = None,
    at: datetime,
) -> Contract:
    """The resident signs what was sent: a code that came to their phone for this document, and a drawn signature.

    Not one transaction by itself: a code mistyped counts even though nothing was signed.

    Args:
        sha256: of the document that was shown.
        address: the caller's network address, against guessing.
        by: at whose desk; None in the portal.

    Raises:
        Refused: it was not sent, is signed or void, is another document than the one shown or the facts changed (code `changed`);
            the code is wrong (`wrong`) or was tried too often (`throttled`).
    """
    held = Contract.objects.select_related("tenure__resident", "property").get(pk=contract.pk)
    if held.sent_at is None or held.state != ContractState.DRAFTED:
        raise Refused(_("This contract cannot be signed any more."), code="state")
    if sha256 != held.sha256:
        raise Refused(_("The document changed meanwhile. Read it again before you sign."), code="changed")
    _refuse_outdated(held)
    signature = resident_signature(
        held.tenure.resident,
        purpose=CodePurpose.CONTRACT,
        sha256=held.sha256,
        code=code,
        strokes=strokes,
        address=address,
        by=by,
        at=at,
    )
    return _signed(held, [signature], None, by=by, at=at)


def contract_sign_on_paper(*, contract: Contract, scan: File[bytes], by: User, at: datetime) -> Contract:
    """Both parties signed on paper; the scan is kept as the signed document.

    Raises:
        Refused: it is signed or void, the facts changed since it was drafted (code `changed`), or the file is no scan.
    """
    held = Contract.objects.select_related("tenure__resident", "property").get(pk=contract.pk)
    if held.state != ContractState.DRAFTED:
        raise Refused(_("This contract cannot be signed any more."), code="state")
    _refuse_outdated(held)
    where = signed_from()
    names = {Party.OPERATOR: held.facts["landlord"], Party.RESIDENT: held.tenure.resident.name}
    there = set(held.signatures.values_list("party", flat=True))
    given = [
        Signature(party, name, PAPER, at, held.sha256, by=by, **where)
        for party, name in names.items()
        if party not in there
    ]
    return _signed(held, given, scan, by=by, at=at)


@transaction.atomic
@edits
def contract_void(*, contract: Contract, reason: str, by: User | None, at: datetime) -> Contract:
    """Declares a contract void, a signed one too; it stays with its document and signatures. Void already: nothing happens.

    Raises:
        Refused: there is no reason.
    """
    if not reason.strip():
        raise Refused(_("Say why it is void."), field="reason")
    held: Contract = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    if held.state != ContractState.VOID:
        _void(held, reason.strip()[:300], by=by, at=at)
        _told(held)
    return held


@transaction.atomic
@edits
def _signed(
    contract: Contract, given: list[Signature], scan: File[bytes] | None, *, by: User | None, at: datetime
) -> Contract:
    held = _drafted(contract)
    for signature in given:
        _add(held, signature)
    code = given[-1].means
    driver, signing = e_signatures()[code], _signing(held)
    document = driver.finish(signing, _given(held), scan)
    content = ContentFile(document.content, f"signed{document.suffix}")
    kept = files.keep(content, SCANS, folder=FOLDER, field="scan")
    try:
        with transaction.atomic():
            held.driver, held.state, held.signed_at = code, ContractState.SIGNED, at
            held.signed_path, held.signed_sha256 = kept.path, kept.sha256
            held.save(update_fields=["driver", "state", "signed_at", "signed_path", "signed_sha256"])
            _recorded(held, AuditAction.DECIDED, by, at, decision="signed", means=code, sha256=held.sha256)
            if held.tenure.state == TenureState.RESERVED:
                services.tenure_move(tenure=held.tenure, to=TenureState.SIGNED, by=by, at=at)
                lease_file(tenure=held.tenure, by=by, at=at)
    except Exception:
        files.forget(kept.path)
        raise
    _told(held)
    return held


def _add(contract: Contract, signature: Signature) -> None:
    """Keeps a signature that its driver finds good."""
    e_signatures()[signature.means].check(_signing(contract), signature)
    ContractSignature.of(signature, contract=contract).save(force_insert=True)


def _given(contract: Contract) -> list[Signature]:
    rows = ContractSignature.objects.filter(contract=contract).select_related("by").order_by("at", "pk")
    return [row.given() for row in rows]


def _signing(contract: Contract) -> Signing:
    with files.open_kept(contract.path) as kept:
        document = kept.read()
    resident = contract.tenure.resident
    return Signing(
        reference=f"{contract.operator_id}-{contract.pk}",
        title=contract.number,
        document=document,
        sha256=contract.sha256,
        parties={
            Party.OPERATOR: (contract.facts["landlord"], ""),
            Party.RESIDENT: (resident.name, str(resident.phone)),
        },
        with_page=partial(signed_pdf, contract),
    )


def _void(contract: Contract, reason: str, *, by: User | None, at: datetime) -> None:
    if contract.driver:
        e_signatures()[contract.driver].withdraw(_signing(contract), reason)
    contract.state = ContractState.VOID
    contract.void_at, contract.void_by, contract.void_reason = at, by, reason
    contract.save(update_fields=["state", "void_at", "void_by", "void_reason"])
    _recorded(contract, AuditAction.DECIDED, by, at, decision="voided")


def _drafted(contract: Contract) -> Contract:
    """The contract, held, to be signed."""
    rows = Contract.objects.select_for_update(no_key=True, of=("self",))
    held: Contract = rows.select_related("tenure__resident", "property", "template").get(pk=contract.pk)
    if held.state != ContractState.DRAFTED:
        raise Refused(_("This contract cannot be signed any more."), code="state")
    return held


def _refuse_outdated(contract: Contract) -> None:
    # A later version of the product may print the same words in another way: what is signed is what was shown.
    shown = hashlib.sha256(contract_pdf(template_text(contract.template), contract.facts)).hexdigest()
    if is_outdated(contract) or shown != contract.sha256:
        raise Refused(
            _("The lease changed since this contract was drafted. Draft it again before it is signed."), code="changed"
        )


def is_outdated(contract: Contract) -> bool:
    """Whether the lease says something else by now than a draft does."""
    return contract_facts(contract.tenure, contract.number) != contract.facts


def _lease(tenure: Tenure) -> Tenure:
    held: Tenure = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    if held.kind != TenureKind.LEASE:
        raise Refused(_("Only a lease has a contract."), code="kind")
    if held.state == TenureState.CANCELLED:
        raise Refused(_("The lease was cancelled."), code="state")
    return held


def _check_template(template: ContractTemplate, tenure: Tenure) -> None:
    if not template.is_used() or template.property_id not in (None, tenure.property_id):
        raise Refused(_("This template is out of use. Choose another one."), field="template", code="template")


def _contracts(tenure: Tenure) -> Any:
    return Contract.objects.filter(tenure=tenure).order_by("-drafted_at", "-pk")


def _next_number(tenure: Tenure) -> str:
    """The lease's number for its first contract, then with -2, -3 …"""
    count = Contract.objects.filter(tenure=tenure).count()
    numbers = Contract.objects.filter(property_id=tenure.property_id)
    while True:
        number = tenure.number if not count else f"{tenure.number}-{count + 1}"
        if not numbers.filter(number=number).exists():
            return number
        count += 1


def _recorded(contract: Contract, action: AuditAction, by: User | None, at: datetime, **said: str) -> None:
    place = contract.property_id
    audit_record(action=action, by=by, at=at, about=contract, property_id=place, what="contract", **said)


def _told(contract: Contract) -> None:
    """Open pages of the portal and of the desk."""
    account = BillingAccount.objects.filter(tenure_id=contract.tenure_id).values_list("pk", flat=True).first()
    if account is not None:
        publish("account", id=account, property_id=contract.property_id)
