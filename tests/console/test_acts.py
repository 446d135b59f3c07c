"""What entries of the audit trail say in words."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from yuju.console.acts import _imported


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"readings": 12}, "12 readings"),
        ({"units": [3, 1, 0], "readings": [20, 0, 5]}, "23 rows added, 1 changed"),
    ],
)
def test_an_import_is_told_by_its_rows(detail: dict[str, object], words: str) -> None:
    # A workbook may have a sheet of readings beside others; a reading sheet has nothing else
    with override("en"):
        assert _imported(detail) == words
