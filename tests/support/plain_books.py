"""Books of payments kept in plain Python by the letter of the billing rules, to hold the database's against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass
class PlainCharge:
    """A charge by its id; `settled` says how much of which payment sits on it."""

    id: int
    due: date
    priority: int
    amount: Decimal
    settled: dict[int, Decimal] = field(default_factory=dict)
    is_void: bool = False

    @property
    def open(self) -> Decimal:
        return ZERO if self.is_void else self.amount - sum(self.settled.values(), ZERO)


@dataclass
class PlainPayment:
    """A payment by its id; what no charge has of it is `credit`."""

    id: int
    on: date
    amount: Decimal
    spent: dict[int, Decimal] = field(default_factory=dict)
    is_reversed: bool = False

    @property
    def credit(self) -> Decimal:
        return ZERO if self.is_reversed else self.amount - sum(self.spent.values(), ZERO)


@dataclass
class PlainAccount:
    """Everything owed and paid on one account."""

    uses_credit: bool = True
    charges: dict[int, PlainCharge] = field(default_factory=dict)
    payments: dict[int, PlainPayment] = field(default_factory=dict)

    def owed(self) -> list[PlainCharge]:
        """What is open, in the order in which money settles it."""
        found = [one for one in self.charges.values() if one.open > 0]
        return sorted(found, key=lambda one: (one.due, one.priority, one.id))

    @property
    def open(self) -> Decimal:
        return sum((one.open for one in self.charges.values()), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((one.credit for one in self.payments.values()), ZERO)

    def pay(self, id: int, on: date, amount: Decimal, picked: Collection[int] | None = None) -> PlainPayment:
        """Settles what is owed, or of it what was picked."""
        payment = self.payments[id] = PlainPayment(id, on, amount)
        self._settle(payment, [one for one in self.owed() if picked is None or one.id in picked])
        return payment

    def draw(self) -> None:
        """Lets credit pay what is owed: the oldest money first."""
        if self.uses_credit:
            for payment in sorted(self.payments.values(), key=lambda one: (one.on, one.id)):
                self._settle(payment, self.owed())

    def reverse(self, id: int) -> None:
        """Takes a payment back: what it settled is open again."""
        payment = self.payments[id]
        for charge_id in payment.spent:
            del self.charges[charge_id].settled[id]
        payment.spent.clear()
        payment.is_reversed = True

    @staticmethod
    def _settle(payment: PlainPayment, charges: list[PlainCharge]) -> None:
        for charge in charges:
            part = min(payment.credit, charge.open)
            if part > 0:
                payment.spent[charge.id] = charge.settled[payment.id] = part + payment.spent.get(charge.id, ZERO)
