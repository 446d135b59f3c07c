"""Drawings of the billing pages: `{% load billing %}`."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yuju.kit.display import amount_text

register = template.Library()

_LONGEST = 62
"""Percent of the drawing's width that the largest bar takes; the rest is for its number."""


@register.simple_tag
def pair_bars(before: Decimal, now: Decimal, largest: Decimal) -> SafeString:
    """Two bars, last time above this time, each with its amount behind it; lengths are shares of the largest."""

    def length(amount: Decimal) -> float:
        return max(0.5, float(amount / largest) * _LONGEST) if largest else 0.5

    old, new = length(before), length(now)
    return format_html(
        '<svg role="img" aria-label="{} → {}">'
        '<rect class="fill-was" y="1" width="{}%" height="11" rx="1"/><text class="was" x="{}%" y="10.5">{}</text>'
        '<rect class="fill-brand" y="14" width="{}%" height="11" rx="1"/><text x="{}%" y="23.5">{}</text></svg>',
        amount_text(before),
        amount_text(now),
        f"{old:.1f}",
        f"{old + 2:.1f}",
        amount_text(before),
        f"{new:.1f}",
        f"{new + 2:.1f}",
        amount_text(now),
    )
