"""Signed on paper: the scan is the document."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.base import File
from django.utils.translation import gettext as _

from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.pictures import redrawn
from yuju.residency.ports import Signature, Signed, Signing

SCANS = (files.PDF, files.JPEG, files.PNG)
SIDE = 3000
"""Pixels of a scan's longer side: an A4 page at 250 dots an inch."""


class Paper:
    """Printed, signed by hand, scanned or photographed. Who answers for the scan is the user who hands it in."""

    code = "paper"

    def label(self) -> str:
        return _("On paper")

    def begin(self, signing: Signing) -> str:
        return ""

    def check(self, signing: Signing, signature: Signature) -> None:
        if signature.sha256 != signing.sha256:
            raise Refused(_("The document changed meanwhile. Read it again before you sign."), code="changed")

    def finish(self, signing: Signing, signatures: Sequence[Signature], scan: File[bytes] | None) -> Signed:
        if scan is None or {one.party for one in signatures} != set(signing.parties):
            raise Refused(_("The scan of the signed contract is missing."), field="scan", code="incomplete")
        kind = files.check(scan, SCANS, field="scan")
        if kind in files.IMAGES:
            return Signed(redrawn(scan, side=SIDE, field="scan"), files.JPEG.suffix)
        scan.seek(0)
        return Signed(scan.read(), kind.suffix)

    def withdraw(self, signing: Signing, reason: str) -> None:
        """Nobody has to be told."""
