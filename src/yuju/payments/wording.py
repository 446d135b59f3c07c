"""Settlements in words: what each line says, with its figures, in the reader's language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yuju.billing.choices import AdjustmentKind
from yuju.billing.pricing.sentence import calculation, money, number, sentence
from yuju.payments.choices import LineKind, SettlementState
from yuju.payments.models import Settlement, SettlementLine
from yuju.residency.choices import PenaltyKind


def line_title(line: SettlementLine) -> str:
    """What a line is about, in a few words."""
    facts = _Facts(line.facts)
    match line.kind:
        case LineKind.OPEN | LineKind.PRICE | LineKind.CHARGE:
            return _("%(item)s %(start)s – %(end)s") % facts
        case LineKind.DAMAGE:
            return _("Damages: %(words)s") % facts
        case LineKind.PENALTY:
            return _("Penalty on early termination")
        case LineKind.CREDIT:
            return _("Credit there")
        case LineKind.DEPOSIT:
            return _("Deposit held")
    return _result_title(line.amount)


def line_text(line: SettlementLine) -> str:
    """Why a line comes to its amount, in one sentence."""
    facts = _Facts(line.facts)
    match line.kind:
        case LineKind.OPEN:
            return _("Billed before and not paid yet; it was due on %(due)s.") % facts
        case LineKind.PRICE:
            return _price_text(line.facts)
        case LineKind.CHARGE:
            return _charge_text(line.facts)
        case LineKind.DAMAGE:
            return _damage_text(line.facts)
        case LineKind.PENALTY:
            return _penalty_text(line.facts)
        case LineKind.CREDIT:
            return _("Paid before, and not used for anything yet.")
        case LineKind.DEPOSIT:
            return _("Set off against what is owed; what is left of it is paid out.")
    return result_text(line.amount, date.fromisoformat(line.facts["due"]))


def result_text(result: Decimal, due: date) -> str:
    """What a settlement comes to, as one sentence; `result` in yuan, above 0 is still to pay."""
    words = {"amount": money(abs(result)), "due": due.isoformat()}
    if result > 0:
        return _("%(amount)s yuan are still to pay, until %(due)s.") % words
    if result < 0:
        return _("%(amount)s yuan are paid out.") % words
    return _("Nothing is to pay and nothing to pay out.")


def settlement_text(settlement: Settlement) -> str:
    """Where a settlement stands and what comes next, as one sentence."""
    match settlement.state:
        case SettlementState.DRAFT:
            return _("Not shown to the resident yet.")
        case SettlementState.SHOWN:
            return _("The resident looks at it: agreement or objections come next.")
        case SettlementState.AGREED:
            return _("Agreed. It can be settled as it is.")
        case SettlementState.WITHDRAWN:
            return _("Withdrawn: %(why)s") % {"why": settlement.withdrawn_why}
    if settlement.is_even:
        return _("Settled: the account is closed, nothing is left on it.")
    return _("Settled. %(result)s") % {"result": result_text(settlement.result, settlement.due)}


def _result_title(amount: Decimal) -> str:
    if amount > 0:
        return _("To be paid")
    return _("To pay out") if amount < 0 else _("Even")


def _price_text(facts: dict[str, Any]) -> str:
    words = {"was": money(Decimal(facts["was"])), "now": money(Decimal(facts["now"]))}
    if facts["change"] != AdjustmentKind.PRICE:
        return _("It came to %(was)s yuan and comes to %(now)s yuan now.") % words
    if not facts["derivation"]:
        return _("It came to %(was)s yuan; nothing of it lies before the last day.") % words
    words["calculation"] = calculation(facts["derivation"], unit=facts["unit"])
    return _("It came to %(was)s yuan; to the last day it is %(calculation)s = %(now)s yuan.") % words


def _charge_text(facts: dict[str, Any]) -> str:
    return sentence(
        facts["derivation"],
        item=facts["item"],
        gross=Decimal(facts["gross"]),
        discount=Decimal(facts["discount"]),
        amount=Decimal(facts["gross"]) - Decimal(facts["discount"]),
        unit=facts["unit"],
    )


def _damage_text(facts: dict[str, Any]) -> str:
    words = {"item": facts["item"], "place": facts["place"]}
    if facts["rate"] is None:
        text = _("An amount agreed.")
    else:
        words |= {"rate": number(Decimal(facts["rate"]), 2), "quantity": number(Decimal(facts["quantity"]))}
        text = _("By the price list: %(item)s, %(rate)s yuan × %(quantity)s.") % words
    return text if not words["place"] else _("%(text)s Found: %(place)s.") % {"text": text, "place": words["place"]}


def _penalty_text(facts: dict[str, Any]) -> str:
    text = _penalty_by(facts)
    if "case" not in facts:
        return text
    return _("%(text)s The resident left without a word: case %(case)s.") % {"text": text, "case": facts["case"]}


def _penalty_by(facts: dict[str, Any]) -> str:
    words = dict(facts)
    match facts["by"]:
        case PenaltyKind.FIXED:
            return _("Leaving before %(agreed_end)s: the amount the contract says.") % words
        case PenaltyKind.MONTHS:
            words["months"] = number(Decimal(facts["months"]))
            words["rent"] = money(Decimal(facts["rent"]))
            return _("Leaving before %(agreed_end)s: %(months)s × a month’s rent of %(rent)s yuan.") % words
    return _("Agreed: %(words)s") % words


class _Facts(dict[str, Any]):
    """Facts for a sentence; what a line does not have stays empty."""

    def __missing__(self, key: str) -> str:
        return ""
