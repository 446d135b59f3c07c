"""Two whole properties, priced line by line, are what an implementation that shares no code with this one says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.support.property_sheets import DATA, bill, expected_charges, read_property

AS_OF = date(2026, 12, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "total"), [("sunshine", 14_497, "24364913.58"), ("harbour", 355, "466405.06")]
)
def test_every_charge_of_a_property_in_every_fen(name: str, count: int, total: str) -> None:
    # Given a property workbook, and nothing billed before.
    sheets = read_property(DATA / f"{name}.xlsx")
    # When every line of it is priced as of a day.
    charges, faults = bill(sheets, AS_OF)
    # Then the charges are the expected ones.
    expected = expected_charges(DATA / f"{name}-charges-2026-12-01.csv")
    differing = [pair for pair in zip(charges, expected, strict=False) if pair[0] != pair[1]]
    assert not differing, (differing[:5], Counter(fault.cause for _, fault in faults))
    assert len(charges) == len(expected) == count
    assert sum(Decimal(row["amount"]) for row in charges) == Decimal(total)
