"""Pictures in the line of a Word document, drawn anew."""

from __future__ import annotations

import io
from typing import Any

from docx.oxml.ns import qn
from PIL import Image, UnidentifiedImageError

from yuju.kit.files import MEGABYTE

_EMU = 12700
"""In a point."""
_SIDE, _PIXELS = 1200, 40_000_000


def inline_picture(drawing: Any, part: Any) -> tuple[bytes, float] | None:
    """A drawing that is a PNG or JPEG in the line, as a JPEG on white, with its width in points; None for anything else."""
    inline = drawing.find(qn("wp:inline"))
    blip = drawing.find(f".//{qn('a:blip')}")
    extent = inline.find(qn("wp:extent")) if inline is not None else None
    target = part.related_parts.get(blip.get(qn("r:embed"), "")) if blip is not None else None
    if extent is None or target is None or len(target.blob) > 10 * MEGABYTE:
        return None
    try:
        with Image.open(io.BytesIO(target.blob), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _PIXELS:
                return None
            image.load()
            seen = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    seen.thumbnail((_SIDE, _SIDE))
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    written = io.BytesIO()
    paper.save(written, "JPEG", quality=85)
    return written.getvalue(), min(max(int(extent.get("cx", "0")) / _EMU, 4.0), 600.0)
