"""Notices to residents in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement
from yuju.payments.wording import result_text, settlement_text


@dataclass(frozen=True)
class Words:
    """A notice as it is read."""

    title: str
    text: str
    link: str
    icon: str
    tone: str
    at: datetime
    is_unread: bool


def notice_words(notice: ResidentNotice) -> Words:
    """A notice in the reader's language."""
    facts = notice.facts
    receipts = reverse("portal:receipts")
    count = int(facts.get("count", 0))
    words = {
        "number": facts.get("number", ""),
        "amount": f"{Decimal(facts['amount']):,.2f}" if "amount" in facts else "",
        "total": f"{Decimal(facts['total']):,.2f}" if "total" in facts else "",
        "due": facts.get("due", ""),
        "month": facts.get("month", ""),
        "reason": facts.get("reason", ""),
        "end": facts.get("end", ""),
        "unit": facts.get("unit", ""),
        "count": count,
        "name": facts.get("name", ""),
        "place": facts.get("place", ""),
        "begins": facts.get("begins", ""),
    }
    match notice.kind:
        case ResidentNoticeKind.BILL_ISSUED if "bills" in facts:
            title = _("Collective bill of %(month)s: ¥%(total)s") % words
            text = _("Due on %(due)s. Bill %(number)s.") % words
            link, icon, tone = reverse("portal:collective-bill", args=[notice.about_id]), "file-invoice", "brand"
        case ResidentNoticeKind.BILL_ISSUED:
            title = _("Bill of %(month)s: ¥%(total)s") % words
            text = _("Due on %(due)s. Bill %(number)s.") % words
            link, icon, tone = reverse("portal:bill", args=[notice.about_id]), "file-invoice", "brand"
        case ResidentNoticeKind.PAYMENT_RECEIVED:
            title = _("Payment of ¥%(amount)s received") % words
            text = _("Receipt %(number)s.") % words
            link, icon, tone = receipts, "receipt", "ok"
        case ResidentNoticeKind.PAYMENT_REVERSED:
            title = _("Payment of ¥%(amount)s taken back") % words
            text = _("Its receipt is void, and what it paid is open again. Reason: %(reason)s") % words
            link, icon, tone = receipts, "arrow-back-up", "warn"
        case ResidentNoticeKind.REFUND_PAID:
            title = _("Refund of ¥%(amount)s paid out") % words
            text = _("Reason: %(reason)s") % words
            link, icon, tone = receipts, "cash-banknote", "ok"
        case ResidentNoticeKind.LEASE_ENDS:
            title = _("Your lease ends on %(end)s") % words
            text = _("%(unit)s: say with one tap whether you renew or move out.") % words
            link, icon, tone = reverse("portal:stay", args=[notice.about_id]), "calendar-event", "warn"
        case ResidentNoticeKind.SETTLEMENT_SHOWN:
            title = _("Your settlement is there")
            text = result_text(Decimal(facts["result"]), date.fromisoformat(facts["due"]))
            link, icon, tone = reverse("portal:settlement", args=[notice.about_id]), "file-invoice", "info"
        case ResidentNoticeKind.SETTLEMENT_ANSWERED:
            title = _("Your objection was answered")
            text = words["reason"]
            link, icon, tone = reverse("portal:settlement", args=[notice.about_id]), "message", "info"
        case ResidentNoticeKind.CONTRACT_SENT:
            title = _("A contract to sign: %(unit)s") % words
            text = _("Read the contract %(number)s and sign it here.") % words
            link, icon, tone = reverse("portal:contract", args=[notice.about_id]), "file-text", "brand"
        case ResidentNoticeKind.ACTIVITY_INVITED:
            title = _("You are invited: %(name)s") % words
            text = _("%(begins)s, %(place)s") % words
            link, icon, tone = reverse("portal:activity", args=[notice.about_id]), "confetti", "vio"
        case ResidentNoticeKind.ACTIVITY_SEAT:
            title = _("You have a seat: %(name)s") % words
            text = _("%(begins)s, %(place)s") % words
            link, icon, tone = reverse("portal:activity", args=[notice.about_id]), "confetti", "ok"
        case ResidentNoticeKind.ACTIVITY_MOVED:
            title = _("Moved: %(name)s") % words
            text = _("Now %(begins)s, %(place)s") % words
            link, icon, tone = reverse("portal:activity", args=[notice.about_id]), "calendar-event", "warn"
        case ResidentNoticeKind.ACTIVITY_CANCELLED:
            title = _("Called off: %(name)s") % words
            text = _("Reason: %(reason)s") % words
            link, icon, tone = reverse("portal:activity", args=[notice.about_id]), "ban", "bad"
        case _:
            title = _("Paid already: kept as credit")
            text = (
                ngettext(
                    "Meanwhile %(count)d charge had been settled; the money counts for the next bill.",
                    "Meanwhile %(count)d charges had been settled; the money counts for the next bill.",
                    count,
                )
                % words
            )
            link, icon, tone = receipts, "info-circle", "info"
    return Words(title, text, link, icon, tone, notice.at, notice.read_at is None)


def settlement_said(settlement: Settlement) -> str:
    """Where a settlement stands, as it is told to whoever it is about."""
    if settlement.state == SettlementState.SHOWN:
        return _("Look through the lines: you can agree, or object to a line.")
    if settlement.state == SettlementState.AGREED:
        return _("You agreed. The front desk settles it next.")
    return settlement_text(settlement)
