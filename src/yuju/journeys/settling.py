"""Settling a stay (退房结算): drawn up, shown, agreed and closed, then paid out or paid.

Each step draws the settlement up anew by the facts of the moment: what has changed since it was shown is refused (code
`changed`) with nothing written, and `settlement_show` shows it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount, Tariff
from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.journeys.abandoned_end import case_named, case_over
from yuju.journeys.filing import lease_end_file
from yuju.journeys.objections import objections_done
from yuju.journeys.settlement_story import settlement_preview, settlement_story
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.metering.models import Meter
from yuju.payments.choices import AgreedHow, ExtraKind, RefundChannel, SettlementState
from yuju.payments.models import Refund, Settlement, SettlementExtra, SettlementReading, Shift
from yuju.payments.selectors import account_standing, settlement_lines, settlement_of
from yuju.payments.services import account_hold, refund_pay
from yuju.payments.services.settlements import Drawn, seal_of, settlement_draw, settlement_hold, settlement_told
from yuju.residency.choices import TenureState
from yuju.residency.deaths import death_of, heirs_of
from yuju.residency.models import Heir, Tenure
from yuju.residency.selectors import turnover_of
from yuju.residency.services import tenure_move

SIGNED_ON_SCREEN = (AgreedHow.PHONE, AgreedHow.SCREEN)
_LIVE = (SettlementState.DRAFT, SettlementState.SHOWN, SettlementState.AGREED)


@dataclass(frozen=True)
class Extra:
    """What is charged besides: by the price list (a one-off tariff and how many), or an amount agreed (yuan).

    A penalty among them stands in place of the contract's; one of 0 waives it.

    Attributes:
        words: what it is, as the resident reads it.
        place: where it was found.
    """

    words: str
    kind: ExtraKind = ExtraKind.DAMAGE
    tariff: Tariff | None = None
    quantity: Decimal = Decimal(1)
    amount: Decimal | None = None
    place: str = ""


@transaction.atomic
@edits
def settlement_prepare(
    *,
    tenure: Tenure,
    last_day: date,
    reason: str,
    key: UUID,
    readings: Mapping[Meter, Decimal] | None = None,
    extras: Iterable[Extra] = (),
    due: date | None = None,
    by: User | None,
    at: datetime,
) -> Settlement:
    """Draws up what a stay comes to if it ends on a day. With the same key again, it is drawn up anew with what is given.

    Nothing is posted. What was shown or agreed before and comes out otherwise now has to be shown again.

    Args:
        last_day: the last local day of the stay; `due`: until when what is charged here is to be paid, that day if None.
        readings: what meters show on the last day, where no reading of that day is there yet.

    Raises:
        Refused: the stay was settled (code `closed`), is being settled under another key (`live`), nobody moved in
            (`state`), the reason is missing, an extra has no words or no price, or as `settlement_story`.
    """
    account = _hold(account_ensure(tenure))
    settlement = _live(account, key) or Settlement(
        property_id=account.property_id, account=account, key=key, made_at=at, made_by=by
    )
    if not reason.strip():
        raise Refused(_("Say why the stay ends."), field="reason", code="reason")
    settlement.last_day, settlement.due = last_day, due or last_day
    settlement.reason = reason.strip()[:200]
    settlement.save()
    _write_readings(settlement, readings or {})
    _write_extras(settlement, list(extras))
    _draw(settlement, settlement_preview(settlement=settlement, by=by, at=at))
    return settlement


@transaction.atomic
@edits
def settlement_show(*, settlement: Settlement, by: User | None, at: datetime) -> Settlement:
    """Shows the resident what the stay comes to now. Shown already and unchanged, nothing happens.

    Raises:
        Refused: it is closed or withdrawn, or as `settlement_story`.
    """
    held = settlement_held(settlement)
    changed = _draw(held, settlement_preview(settlement=held, by=by, at=at))
    if changed or held.state == SettlementState.DRAFT:
        held.state, held.shown_at, held.shown_by = SettlementState.SHOWN, at, by
        held.save()
        _tell_resident(held, at)
        settlement_told(held)
    objections_done(held, at)
    return held


@transaction.atomic
@edits
def settlement_agree(
    *, settlement: Settlement, seal: str, how: AgreedHow, note: str = "", by: User | None, at: datetime
) -> Settlement:
    """Writes down that the resident agreed to what was shown, on paper, or why it is settled without them. Agreed already,
    nothing happens. On screen it is `settlement_signing.settlement_sign`.

    Args:
        seal: of the lines they saw.
        how: but for on screen, which needs a signature.
        note: who was there, or why it is settled without the resident; on an abandoned room the case is named by itself.
        by: who of the staff wrote it down.

    Raises:
        Refused: it was not shown (code `state`), an objection has no answer (`objection`), it is settled without the resident
            and no word why, it is settled on an abandoned room whose inventory nobody signed (`case`), or the lines have changed
            since (`changed`): then show it again.
    """
    if how in SIGNED_ON_SCREEN:
        raise ValueError("on screen it is signed")
    held = settlement_held(settlement)
    if seal != held.seal:
        raise settlement_changed()
    if held.state == SettlementState.AGREED:
        return held
    refuse_not_agreeable(held, how=how, by=by, at=at)
    if how == AgreedHow.CASE:
        note = case_named(held)
    if how == AgreedHow.WITHOUT and not note.strip():
        raise Refused(_("Say why it is settled without the resident."), field="note")
    settlement_agreed(held, how=how, note=note, by=by, at=at)
    return held


def refuse_not_agreeable(held: Settlement, *, how: AgreedHow, by: User | None, at: datetime) -> None:
    """Refuses to agree to lines that cannot be agreed to in this way, or that do not hold any more."""
    _refuse_not_signed_by_heir(held.account.tenure, how)
    if held.state != SettlementState.SHOWN:
        raise Refused(_("Show the settlement to the resident first."), code="state")
    if any(line.objection and not line.answer for line in settlement_lines(held)):
        raise Refused(_("An objection has no answer yet."), code="objection")
    _refuse_changed(held, settlement_preview(settlement=held, by=by, at=at))


def settlement_agreed(held: Settlement, *, how: AgreedHow, note: str = "", by: User | None, at: datetime) -> None:
    """Notes the agreement with a settlement that is held and may be agreed to."""
    held.state, held.agreed_at, held.agreed_by = SettlementState.AGREED, at, by
    held.agreed_how, held.agreed_note = how, note.strip()[:200]
    held.save()
    settlement_told(held)


@transaction.atomic
@edits
def settlement_close(*, settlement: Settlement, seal: str, by: User | None, at: datetime) -> Settlement:
    """Settles a stay for real, exactly as it was agreed. Settled already, nothing happens.

    What is left is paid out by `settlement_refund`, or stays as open charges. With the keys back, the stay has ended.

    Raises:
        Refused: it is not agreed (code `state`), the last day is still to come, or somebody paid, billed or changed something
            since it was shown (`changed`): nothing is written; show it again.
    """
    account = _hold(settlement.account)
    held = settlement_hold(settlement)
    if held.state == SettlementState.CLOSED:
        return held
    if seal != held.seal:
        raise settlement_changed()
    if held.state != SettlementState.AGREED:
        raise Refused(_("Only what was agreed is settled."), code="state")
    if held.last_day > local_date(at, held.property.time_zone):
        raise Refused(_("The last day, %(day)s, is still to come.") % {"day": held.last_day}, code="early")
    drawn = settlement_story(settlement=held, by=by, at=at)
    _refuse_changed(held, drawn)
    for line, made in zip(settlement_lines(held), drawn, strict=True):
        line.charge, line.adjustment = made.charge, made.adjustment
        line.save(update_fields=["charge", "adjustment"])
    held.state, held.closed_at, held.closed_by = SettlementState.CLOSED, at, by
    held.save()
    # Whether nothing is left is found by the database.
    held.refresh_from_db(fields=["is_even"])
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=held,
        property_id=held.property_id,
        decision="settled",
        amount=str(held.result),
        reason=held.reason,
    )
    stay_end_if_done(account.tenure, by, at)
    settlement_told(held)
    return held


@transaction.atomic
def settlement_refund(
    *,
    settlement: Settlement,
    channel: RefundChannel,
    key: UUID,
    payee: str,
    payee_account: str = "",
    reference: str = "",
    shift: Shift | None = None,
    heir: Heir | None = None,
    amount: Decimal | None = None,
    on: date,
    by: User | None,
    at: datetime,
) -> list[Refund]:
    """Pays out all that is left on the account of a settled stay. The same key again pays nothing again.

    Where the resident died, it goes to heirs, to one after the other until nothing is left.

    Args:
        heir, amount: who of the heirs gets how much (yuan); the whole of it where no amount is said.
        shift: the open shift whose drawer it is given out from, for cash.
        on: the property's day.

    Raises:
        Refused: the stay is not settled, nothing is left to pay out (code `nothing`), cash without a shift, the
            resident died and no heir of theirs is named (code `heir`), or as `refund_pay`.
    """
    account = account_hold(settlement.account_id)
    if settlement_hold(settlement).state != SettlementState.CLOSED:
        raise Refused(_("Settle the stay first; then what is left is paid out."), code="state")
    earlier = list(Refund.objects.filter(key=key, account=account).order_by("pk"))
    if earlier:
        return earlier
    left = account_standing(account).credit
    if left <= 0:
        raise Refused(_("Nothing is left to pay out."), code="nothing")
    if channel == RefundChannel.CASH and shift is None:
        raise Refused(_("Cash comes out of a drawer: open a shift first."), field="shift", code="shift")
    _refuse_no_heir(account.tenure, heir)
    return refund_pay(
        account=account,
        amount=left if amount is None else amount,
        channel=channel,
        key=key,
        on=on,
        reason=settlement.reason,
        payee=payee,
        payee_account=payee_account,
        reference=reference,
        shift=shift,
        heir=heir,
        by=by,
        at=at,
    )


def _refuse_not_signed_by_heir(tenure: Tenure, how: AgreedHow) -> None:
    if how in (AgreedHow.WITHOUT, AgreedHow.CASE) or death_of(tenure.resident_id) is None:
        return
    if how in SIGNED_ON_SCREEN or not heirs_of(tenure.resident_id):
        raise Refused(_("The resident died: an heir who is documented signs on paper."), code="heir")


def _refuse_no_heir(tenure: Tenure, heir: Heir | None) -> None:
    if death_of(tenure.resident_id) is None:
        return
    if heir is None or heir not in heirs_of(tenure.resident_id):
        raise Refused(
            _("The resident died: document an heir, and say which of them gets it."), field="heir", code="heir"
        )


def stay_end_if_done(tenure: Tenure, by: User | None, at: datetime) -> None:
    """A stay has ended when the keys are back and it is settled, whichever comes last."""
    settlement = settlement_of(tenure)
    if settlement is not None and settlement.state == SettlementState.CLOSED and turnover_of(tenure) is not None:
        tenure_move(tenure=tenure, to=TenureState.ENDED, by=by, at=at)
        lease_end_file(tenure=tenure, by=by, at=at)
        case_over(settlement, by, at)


def _hold(account: BillingAccount) -> BillingAccount:
    """Holds the property and then the account, in the order in which all stories do."""
    property_lock(account.property_id)
    return account_hold(account.pk)


def settlement_held(settlement: Settlement) -> Settlement:
    """A settlement that is under way, held after its property and account.

    Raises:
        Refused: it is closed or withdrawn.
    """
    _hold(settlement.account)
    held = settlement_hold(settlement)
    if held.state not in _LIVE:
        raise _over(held)
    return held


def _live(account: BillingAccount, key: UUID) -> Settlement | None:
    """The settlement of an account that is under way."""
    refuse_not_moved_in(account.tenure)
    found = settlement_of(account.tenure)
    if found is None:
        if Settlement.objects.filter(key=key).exists():
            raise Refused(_("This form was used for another settlement. Open it anew."), code="key")
        return None
    if found.state == SettlementState.CLOSED:
        raise _over(found)
    if found.key != key:
        raise Refused(_("The stay is being settled already: go on with that, or withdraw it."), code="live")
    return settlement_hold(found)


def _over(settlement: Settlement) -> Refused:
    if settlement.state == SettlementState.WITHDRAWN:
        return Refused(_("This settlement was withdrawn. Draw up a new one."), code="withdrawn")
    return Refused(
        _("%(number)s was settled up to %(day)s: a stay is checked out once.")
        % {"number": settlement.account.tenure.number, "day": settlement.last_day},
        code="closed",
    )


def refuse_not_moved_in(tenure: Tenure) -> None:
    """Refuses to check out where nobody checked in (code `state`)."""
    held = Tenure.objects.get(pk=tenure.pk)
    if held.state not in (TenureState.LIVING, TenureState.ENDED):
        raise Refused(
            _("Nobody has moved in on %(number)s: cancel the lease instead.") % {"number": held.number}, code="state"
        )


def _write_readings(settlement: Settlement, readings: Mapping[Meter, Decimal]) -> None:
    SettlementReading.objects.filter(settlement=settlement).delete()
    for meter, value in readings.items():
        if meter.property_id != settlement.property_id:
            raise Refused(_("This meter is at another property."), field=f"reading_{meter.pk}")
        SettlementReading.objects.create(settlement=settlement, meter=meter, value=value)


def _write_extras(settlement: Settlement, extras: Sequence[Extra]) -> None:
    for one in extras:
        if not one.words.strip():
            raise Refused(_("Say what is charged."), field="extras", code="words")
        if (one.tariff is None) == (one.amount is None) or (one.amount is not None and one.amount < 0):
            raise Refused(
                _("Give “%(words)s” a price: from the list, or an amount.") % {"words": one.words}, field="extras"
            )
        if one.quantity <= 0:
            raise Refused(_("Give “%(words)s” a number above 0.") % {"words": one.words}, field="extras")
    SettlementExtra.objects.filter(settlement=settlement).delete()
    SettlementExtra.objects.bulk_create(
        SettlementExtra(
            settlement=settlement,
            position=position,
            kind=one.kind,
            words=one.words.strip()[:200],
            place=one.place.strip()[:120],
            tariff=one.tariff,
            quantity=one.quantity,
            amount=one.amount,
        )
        for position, one in enumerate(extras, start=1)
    )


def _draw(settlement: Settlement, lines: Sequence[Drawn]) -> bool:
    """Draws the lines up. New ones are a draft again, and nobody agreed to them."""
    changed = settlement_draw(settlement=settlement, lines=lines)
    if changed:
        settlement.state = SettlementState.DRAFT
        settlement.agreed_at, settlement.agreed_by, settlement.agreed_how, settlement.agreed_note = None, None, "", ""
        settlement.save()
        settlement_told(settlement)
    return changed


def _tell_resident(settlement: Settlement, at: datetime) -> None:
    resident_notice_add(
        resident_id=settlement.account.tenure.resident_id,
        kind=ResidentNoticeKind.SETTLEMENT_SHOWN,
        about_id=settlement.pk,
        facts={"result": str(settlement.result), "due": settlement.due.isoformat()},
        at=at,
    )


def _refuse_changed(settlement: Settlement, lines: Sequence[Drawn]) -> None:
    if seal_of(settlement.account, settlement.last_day, lines) != settlement.seal:
        raise settlement_changed()


def settlement_changed() -> Refused:
    """Refuses lines that do not hold any more; `settlement_show` shows those that do."""
    return Refused(
        _("Something was paid, billed or changed since this was shown. Nothing was settled: look at the new lines."),
        code="changed",
    )
