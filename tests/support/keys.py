"""Somebody without a mouse."""

from __future__ import annotations

from typing import Any

MOST = 80
"""Nobody presses Tab more often for one step."""

_HERE = """selector => { const here = document.activeElement;
    if (!here.matches(selector)) return null;
    const look = getComputedStyle(here);
    return look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0 }"""


def tab_to(page: Any, selector: str) -> None:
    """Presses Tab until something that matches has the focus, and checks that it shows."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        shown = page.evaluate(_HERE, selector)
        if shown is not None:
            assert shown, f"{selector} has the focus, but nothing shows it"
            return
    raise AssertionError(f"{selector} is out of reach of the Tab key on {page.url}")
