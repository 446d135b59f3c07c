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


def test_every_benchmark_runs(installation: Installation) -> None:
    billing = installation.run("bench", "billing", "--units", "30")
    brought_in = installation.run("bench", "import", "--units", "20")
    pages = installation.run("bench", "pages", "--units", "600", "--only", "/units/", "--keep")
    again = installation.run("bench", "pages", "--standing", "--only", "/units/")
    assert "ratio: " in billing
    assert "ratio: " in brought_in
    answers = [line.split()[1] for line in pages.splitlines() if line.startswith("/")]
    assert answers
    assert set(answers) == {"200"}
    assert [line.split()[0] for line in again.splitlines() if line.startswith("/")] == [
        line.split()[0] for line in pages.splitlines() if line.startswith("/")
    ]
