"""What every driver of the port `yuju.door_access` has to keep, and a driver for tests.

A driver's own tests say which it is and how it is cut off; the rest is inherited:

    class TestHallway(DoorAccessTests):
        driver = Hallway(address=…)
        cut_off = Hallway(address=…)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from yuju.residency.ports import DoorAccess, DoorsUnreachableError, Leaving

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
LEAVING = Leaving(reference="L-2026-0001", property="sun", unit="1-101", cards=("A17", "B9"), since=AT)


@dataclass
class FakeDoors:
    """A door system that remembers who left, and can be cut off."""

    code: str = "fake"
    cut_off: bool = False
    closed: list[Leaving] = field(default_factory=list)

    def label(self) -> str:
        return "Fake doors"

    def close(self, leaving: Leaving) -> None:
        if self.cut_off:
            raise DoorsUnreachableError("nobody answers")
        if leaving not in self.closed:
            self.closed.append(leaving)


class DoorAccessTests:
    """What holds for every driver."""

    driver: DoorAccess
    """One whose door system answers."""
    cut_off: DoorAccess
    """One whose door system does not."""

    def test_its_code_fits_and_people_have_a_name_for_it(self) -> None:
        assert 0 < len(self.driver.code) <= 20
        assert self.driver.label().strip()

    def test_closing_again_is_no_fault(self) -> None:
        driver = self.driver
        driver.close(LEAVING)
        driver.close(LEAVING)

    def test_a_stay_without_noted_cards_is_closed_too(self) -> None:
        self.driver.close(replace(LEAVING, reference="L-2026-0002", cards=()))

    def test_a_system_that_does_not_answer_says_so_in_words(self) -> None:
        with pytest.raises(DoorsUnreachableError) as told:
            self.cut_off.close(LEAVING)
        assert str(told.value).strip()
