"""Days and numbers that stay on one line."""

from __future__ import annotations

from yuju.kit.templatetags.ui import whole


def test_days_and_numbers_are_kept_whole_and_nothing_else_is_trusted() -> None:
    assert whole("房租 2026-10-31 至 2026-11，ZD-202610-0477。") == (
        '房租 <span class="nowrap">2026-10-31</span> 至 <span class="nowrap">2026-11</span>，'
        '<span class="nowrap">ZD-202610-0477</span>。'
    )
    assert whole("<b>2026-10-31</b>") == '&lt;b&gt;<span class="nowrap">2026-10-31</span>&lt;/b&gt;'
