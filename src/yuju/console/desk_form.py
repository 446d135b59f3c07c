"""The form of the cashier's desk: what a page showed travels sealed, and what comes back is read with suspicion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext as _

from yuju.kit.errors import Refused
from yuju.kit.money import parse_money
from yuju.payments.choices import DESK_CHANNELS, PaymentChannel

SALT = "yuju.desk"
LONGEST_REFERENCE = 40


def seal(whose: int | str, shown: Mapping[int, Decimal]) -> str:
    """What a page shows as open, so that the page can hand it back but not change it.

    Args:
        whose: the account's id, or another word for whoever pays for several.
    """
    return signing.dumps([whose, {str(pk): str(amount) for pk, amount in shown.items()}], salt=SALT, compress=True)


def unseal(whose: int | str, text: str) -> dict[int, Decimal]:
    """What `seal` was given.

    Raises:
        Refused: it is not whole, or another account's.
    """
    try:
        of, shown = signing.loads(text, salt=SALT)
        if of == whose:
            return {int(pk): Decimal(amount) for pk, amount in shown.items()}
    except signing.BadSignature:
        pass
    raise _damaged()


def _damaged() -> Refused:
    return Refused(_("This form is not whole. Open the account anew."), code="form")


@dataclass(frozen=True)
class Entered:
    """What the cashier entered, as text: kept when it is refused."""

    key: str
    free: bool = False
    amount: str = ""
    channel: str = PaymentChannel.CASH
    tendered: str = ""
    reference: str = ""
    charges: frozenset[str] | None = None
    """None: nothing was ticked or unticked yet."""

    @classmethod
    def blank(cls, *, free: bool = False) -> Entered:
        return cls(key=str(uuid4()), free=free)

    @classmethod
    def posted(cls, data: QueryDict) -> Entered:
        """What a form sent; nothing is believed yet."""

        def text(name: str, longest: int = 60) -> str:
            return str(data.get(name, "")).replace("\x00", "").strip()[:longest]

        channel = text("channel")
        return cls(
            key=text("key"),
            free=text("mode") == "amount",
            amount=text("amount"),
            channel=channel if channel in DESK_CHANNELS else "",
            tendered=text("tendered"),
            reference=text("reference"),
            charges=frozenset(data.getlist("charges")),
        )

    def read(self) -> dict[str, Any]:
        """The arguments of `desk_take` that the cashier decides.

        Raises:
            Refused: something makes no sense; `field` says what.
        """
        if not self.channel:
            raise Refused(_("Choose how it is paid."), field="channel", code="channel")
        try:
            key = UUID(self.key)
            picked = None if self.free else [int(one) for one in sorted(self.charges or ())]
        except ValueError as error:
            raise _damaged() from error
        cash = self.channel == PaymentChannel.CASH
        if not cash and len(self.reference) > LONGEST_REFERENCE:
            raise Refused(_("A voucher number has at most 40 characters."), field="reference", code="reference")
        return {
            "key": key,
            "picked": picked,
            "amount": parse_money(self.amount, field="amount") if self.free else None,
            "channel": PaymentChannel(self.channel),
            "tendered": parse_money(self.tendered, field="tendered") if cash and self.tendered else None,
            "reference": "" if cash else self.reference,
        }
