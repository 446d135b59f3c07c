"""The port to door systems: what every driver keeps, held against the one of the tests."""

from __future__ import annotations

from yuju.residency.testing.door_access import DoorAccessTests, FakeDoors


class TestFakeDoors(DoorAccessTests):
    driver = FakeDoors()
    cut_off = FakeDoors(cut_off=True)
