"""QR codes inside pages."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str) -> SafeString:
    """A QR code as SVG, black on white with its quiet zone, whatever the colours of the page around it."""
    made = segno.make(text, error="m", micro=False)
    return mark_safe(made.svg_inline(border=3, light="#fff", dark="#000", scale=4, omitsize=True))  # noqa: S308 - drawn from modules alone
