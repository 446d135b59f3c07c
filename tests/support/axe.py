"""Pages held against WCAG 2.2 AA by axe-core, in the light and in the dark."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.support.browser import Visitor

SOURCE = Path(__file__).parents[2] / "assets/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")

_RUN = """rules => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n")[1]}`)))"""


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def faults(visitor: Visitor, themes: tuple[str, ...] = THEMES) -> list[str]:
    """What axe finds wrong with the page that is open: one line each, with the theme, the rule and the element."""
    page = visitor.page
    found: list[str] = []
    page.evaluate(_source())
    for theme in themes:
        page.evaluate(
            """theme => { document.documentElement.dataset.bsTheme = theme;
                document.dispatchEvent(new CustomEvent("yuju:theme"));
                document.getAnimations().forEach(one => one.finish()) }""",
            theme,
        )
        lines: list[Any] = page.evaluate(_RUN, RULES)
        found += [f"{theme} {page.url.removeprefix(visitor.home)} {line}" for line in lines]
    return found
