"""What the documents say can be held against the project."""

import re
from pathlib import Path

import pytest

from yuju.config.home import checkout

ROOT = checkout() or Path.cwd()
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_variable_of_the_environment_is_explained() -> None:
    sources = [*(ROOT / "src" / "yuju" / "config").rglob("*.py"), ROOT / "tests" / "support" / "settings.py"]
    read = {name for path in sources for name in re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', path.read_text())}
    explained = (ROOT / "docs" / "operations.md").read_text()

    assert {"YUJU_HOME", "DATABASE_URL"} <= read
    assert {name for name in read if name.startswith(("YUJU_", "DATABASE"))} - set(
        re.findall(r"`([A-Z_]+)`", explained)
    ) == set()


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (
        set(re.findall(r"^yuju (\w+)", (ROOT / name).read_text(), re.M)) for name in ("README.md", "README.zh-CN.md")
    )

    assert english == chinese
    assert {"up", "init", "import", "bill", "demo"} <= english
