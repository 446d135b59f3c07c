"""Signed on screen, on the resident's phone or at the desk: a code sent to the resident's number, and a signature drawn."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.base import File
from django.utils.translation import gettext as _

from yuju.kit.errors import Refused
from yuju.residency.choices import Party
from yuju.residency.ports import Signature, Signed, Signing


class Screen:
    """What makes it binding is recorded and printed: whose number was proved by which code, when, and of which document."""

    code = "screen"

    def label(self) -> str:
        return _("On screen")

    def begin(self, signing: Signing) -> str:
        return ""

    def check(self, signing: Signing, signature: Signature) -> None:
        if signature.sha256 != signing.sha256:
            raise Refused(_("The document changed meanwhile. Read it again before you sign."), code="changed")
        if signature.party == Party.RESIDENT and not (signature.proof and signature.phone and signature.strokes):
            raise Refused(_("Signing on screen needs the code and the signature."), code="proof")
        if signature.party == Party.OPERATOR and signature.by is None:
            raise Refused(_("Somebody of the staff has to sign for the landlord."), code="proof")

    def finish(self, signing: Signing, signatures: Sequence[Signature], scan: File[bytes] | None) -> Signed:
        if {one.party for one in signatures} != set(signing.parties):
            raise Refused(_("Not everybody has signed yet."), code="incomplete")
        return Signed(signing.with_page(signatures))

    def withdraw(self, signing: Signing, reason: str) -> None:
        """Nobody has to be told: the page itself shows it."""
