"""The benchmarks run: on so few units that their figures mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.installation import Installation, open_folder

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


@pytest.fixture
def installation() -> Iterator[Installation]:
    with open_folder() as home:
        yield Installation(home)


@pytest.mark.scale
def test_bills_and_imports_are_timed(installation: Installation) -> None:
    billing = installation.run("bench", "billing", "--units", "30")
    brought_in = installation.run("bench", "import", "--units", "20")
    assert "ratio: " in billing
    assert "ratio: " in brought_in


def test_pages_are_timed_anew_and_again(installation: Installation) -> None:
    pages = installation.run("bench", "pages", "--units", "200", "--only", "/units/?sort", "--keep")
    again = installation.run("bench", "pages", "--standing", "--only", "/units/?sort")
    # A page over its limit is told of twice.
    answers = {tuple(line.split()[:2]) for line in pages.splitlines() if line.startswith("/")}
    assert answers
    assert {status for _, status in answers} == {"200"}
    assert {tuple(line.split()[:2]) for line in again.splitlines() if line.startswith("/")} == answers
