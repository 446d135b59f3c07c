"""Photos that people hand in: upright, of a sensible size, without what the camera noted of place and time."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.files.base import ContentFile, File
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from yuju.kit import files
from yuju.kit.errors import Refused

LARGEST = 15 * files.MEGABYTE
"""Bytes of a photo as it is handed in."""
_PIXELS = 80_000_000
_SIDE, _SMALL_SIDE = 2000, 320
_QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """A photo that was kept: its path, that of its small copy, and the SHA-256 of the photo in hexadecimal."""

    path: str
    thumbnail: str
    sha256: str


def keep_picture(upload: File[bytes], *, folder: str, field: str | None = None) -> Picture:
    """Keeps a photo for the operator in force, drawn anew: nothing of the file that came in stays but what it shows.

    It is not part of the transaction: whoever keeps it `forget_picture`s it when the transaction fails.

    Args:
        folder: what the photos are for, in lower case, such as `task-photos`.

    Raises:
        Refused: it is no photo (code `kind`), or too large (code `size`).
    """
    files.check(upload, files.IMAGES, largest=LARGEST, field=field)
    with _opened(upload, field) as image:
        large = _jpeg(image, _SIDE)
        small = _jpeg(image, _SMALL_SIDE)
    kept = files.keep(large, (files.JPEG,), folder=folder)
    return Picture(kept.path, files.keep(small, (files.JPEG,), folder=folder).path, kept.sha256)


def redrawn(upload: File[bytes], *, side: int, field: str | None = None) -> bytes:
    """A photo as a JPEG drawn anew, its longer side at most `side` pixels.

    Raises:
        Refused: as `keep_picture`.
    """
    files.check(upload, files.IMAGES, largest=LARGEST, field=field)
    with _opened(upload, field) as image:
        drawn: bytes = _jpeg(image, side).read()
        return drawn


def forget_picture(picture: Picture) -> None:
    """Deletes a photo and its small copy."""
    files.forget(picture.path)
    files.forget(picture.thumbnail)


def picture_answer(path: str, name: str, request: HttpRequest) -> HttpResponseBase:
    """A photo, or its small copy, as a response that shows it.

    Raises:
        Http404: it is gone.
    """
    try:
        return files.answer(path, f"{name}.jpg", inline=True, request=request)
    except FileNotFoundError as error:
        raise Http404 from error


@contextmanager
def _opened(upload: File[bytes], field: str | None) -> Iterator[Image.Image]:
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(upload, formats=("JPEG", "PNG")) as image:
                if image.width * image.height > _PIXELS:
                    raise Refused(
                        _("The photo has too many pixels. Take it anew with the camera."), field=field, code="size"
                    )
                # Much faster for a small copy of a large JPEG: decoded at an eighth, a quarter or half of its size.
                image.draft("RGB", (_SIDE, _SIDE))
                image.load()
                upright = ImageOps.exif_transpose(image)
                yield upright.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(_("The photo cannot be read. Take it anew with the camera."), field=field, code="kind") from error


def _jpeg(image: Image.Image, side: int) -> ContentFile[bytes]:
    copy = image.copy()
    copy.thumbnail((side, side))
    written = io.BytesIO()
    copy.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return ContentFile(written.getvalue(), name="photo.jpg")
