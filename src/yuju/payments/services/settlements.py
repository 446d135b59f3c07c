"""Settlements: what is written down of them. What they come to is worked out by `yuju.journeys.settlement_story`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.models import Adjustment, BillingAccount, Charge
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import LineKind, SettlementState
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.selectors import ZERO, settlement_lines

SETTLEMENT_TOPIC = "settlement"
"""Open pages are told under this topic that a settlement changed; the id is the account's."""

STANDING = (LineKind.OPEN, LineKind.PRICE)
"""Lines about charges that were there before; those of others are made by the settlement."""


@dataclass(frozen=True)
class Drawn:
    """A line as the facts draw it up.

    Attributes:
        amount: yuan; above 0 is owed.
        charge: the charge it is about, one that is made by the settlement among them.
        adjustment: what was adjusted of it.
    """

    kind: LineKind
    amount: Decimal
    facts: dict[str, Any] = field(default_factory=dict)
    charge: Charge | None = None
    adjustment: Adjustment | None = None

    @property
    def known(self) -> tuple[Any, ...]:
        """What makes it this line and no other. A charge that is only made here has another id each time it is tried."""
        there = self.charge.pk if self.charge is not None and self.kind in STANDING else None
        return (str(self.kind), f"{self.amount:.2f}", there, json.dumps(self.facts, sort_keys=True))


def seal_of(account: BillingAccount, last_day: date, lines: Sequence[Drawn]) -> str:
    """The hash of what is agreed: whose account, up to which day, and every line."""
    said = [account.pk, last_day.isoformat(), [one.known for one in lines]]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def settlement_draw(*, settlement: Settlement, lines: Sequence[Drawn]) -> bool:
    """Writes the lines down as a new version, unless they are those it has. Returns whether they are new.

    What was objected and answered goes over to lines that are the same. The caller holds the account and saves.
    """
    seal = seal_of(settlement.account, settlement.last_day, lines)
    if seal == settlement.seal:
        return False
    said = {_known(one): one for one in settlement_lines(settlement)}
    settlement.version += 1
    settlement.seal = seal
    settlement.result = next((one.amount for one in lines if one.kind == LineKind.RESULT), ZERO)
    made = []
    for position, one in enumerate(lines, start=1):
        row = SettlementLine(
            settlement=settlement,
            version=settlement.version,
            position=position,
            kind=one.kind,
            facts=one.facts,
            amount=one.amount,
            charge=one.charge if one.kind in STANDING else None,
        )
        earlier = said.get(one.known)
        if earlier is not None:
            row.objection, row.objected_at = earlier.objection, earlier.objected_at
            row.answer, row.answered_at, row.answered_by_id = (
                earlier.answer,
                earlier.answered_at,
                earlier.answered_by_id,
            )
        made.append(row)
    SettlementLine.objects.bulk_create(made)
    return True


def settlement_told(settlement: Settlement) -> None:
    """Tells open pages that a settlement changed."""
    publish(SETTLEMENT_TOPIC, id=settlement.account_id, property_id=settlement.property_id)


@transaction.atomic
def settlement_object(*, line: SettlementLine, text: str, at: datetime) -> SettlementLine:
    """Writes down what the resident objects to in a line, once a line. The same text again changes nothing.

    Raises:
        Refused: nothing is said, the settlement is not open to objections, the line is of an earlier version (code
            `changed`), or an objection stands already.
    """
    held, settlement = _line(line)
    if not text.strip():
        raise Refused(_("Say what is wrong with this line."), field="objection")
    if held.objection == text.strip():
        return held
    if settlement.state != SettlementState.SHOWN:
        raise Refused(_("Objections are taken while a settlement is shown and not agreed."), code="state")
    if held.objection:
        raise Refused(_("You objected to this line already. The staff answers it."), field="objection")
    held.objection, held.objected_at = text.strip()[:500], at
    held.save(update_fields=["objection", "objected_at"])
    settlement_told(settlement)
    return held


@transaction.atomic
def settlement_answer(*, line: SettlementLine, text: str, by: User | None, at: datetime) -> SettlementLine:
    """Answers what a resident objects to. What has to change in money is changed in the settlement itself.

    Raises:
        Refused: nothing is said, nobody objected, it is answered already, or the settlement is closed or withdrawn.
    """
    held, settlement = _line(line)
    if not text.strip():
        raise Refused(_("Give an answer."), field="answer")
    if held.answer == text.strip():
        return held
    if not held.objection or held.answer or settlement.state not in (SettlementState.DRAFT, SettlementState.SHOWN):
        raise Refused(_("There is nothing to answer here."), code="state")
    held.answer, held.answered_at, held.answered_by = text.strip()[:500], at, by
    held.save(update_fields=["answer", "answered_at", "answered_by"])
    resident_notice_add(
        resident_id=settlement.account.tenure.resident_id,
        kind=ResidentNoticeKind.SETTLEMENT_ANSWERED,
        about_id=settlement.pk,
        facts={"reason": held.answer},
        at=at,
    )
    settlement_told(settlement)
    return held


@transaction.atomic
def settlement_withdraw(*, settlement: Settlement, reason: str, by: User | None, at: datetime) -> Settlement:
    """Gives a settlement up: nothing of it was posted, and the stay goes on as it is. A second time nothing happens.

    Raises:
        Refused: there is no reason, or it is closed: what was posted stays.
    """
    held = settlement_hold(settlement)
    if held.state == SettlementState.WITHDRAWN:
        return held
    if held.state == SettlementState.CLOSED:
        raise Refused(_("This stay is settled: what was posted stays."), code="closed")
    if not reason.strip():
        raise Refused(_("Say why it is withdrawn."), field="reason", code="reason")
    held.state = SettlementState.WITHDRAWN
    held.withdrawn_at, held.withdrawn_by, held.withdrawn_why = at, by, reason.strip()[:200]
    held.save()
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=held,
        property_id=held.property_id,
        decision="settlement_withdrawn",
        reason=held.withdrawn_why,
    )
    settlement_told(held)
    return held


def settlement_hold(settlement: Settlement) -> Settlement:
    """Holds a settlement until the transaction ends, as it is now."""
    rows = Settlement.objects.select_related("account__tenure__resident", "account__tenure__unit", "property")
    held: Settlement = rows.select_for_update(no_key=True, of=("self",)).get(pk=settlement.pk)
    return held


def _line(line: SettlementLine) -> tuple[SettlementLine, Settlement]:
    settlement = settlement_hold(line.settlement)
    held: SettlementLine = SettlementLine.objects.get(pk=line.pk)
    if held.version != settlement.version:
        raise Refused(_("The settlement has changed since you saw it. Look at it again."), code="changed")
    return held, settlement


def _known(row: SettlementLine) -> tuple[Any, ...]:
    return Drawn(LineKind(row.kind), row.amount, row.facts, row.charge).known
