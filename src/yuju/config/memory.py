"""How often a process that answers pages looks through its memory for garbage."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""New objects until the youngest are looked through, and how often a generation is before the next older one is."""


def collect_seldom() -> None:
    """Sets what is loaded so far apart from what is ever looked through, and looks through the rest seldom.

    As Python comes, a full look falls into every tenth answer of a long list and takes 40 to 150 ms: it goes through a million
    objects of the loaded program that never become garbage. Nearly all that a page leaves behind is freed by counting references,
    without a look; the rest waits a little longer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
