"""Signatures as they are printed at the end of what was signed: name, time, covered number, proof and the drawing."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from yuju.kit.signature_page import SignaturePage, Signer
from yuju.residency.ports import Signature


def signature_page(
    *, about: str, named: tuple[str, str], sha256: str, signatures: Iterable[Signature], zone: ZoneInfo
) -> SignaturePage:
    """The page of signatures of a document.

    Args:
        about: what it says of the document, in a sentence or two.
        named: what the document is called, and its name.
        sha256: of the document that was signed.
        zone: in which times are told.
    """
    return SignaturePage(
        heading=_("Page of signatures"),
        about=about,
        facts=[named, (_("Signed document"), f"SHA-256 {sha256[:32]} {sha256[32:]}")],
        parties=[_signer(one, zone) for one in signatures],
    )


def _signer(one: Signature, zone: ZoneInfo) -> Signer:
    moment = one.at.astimezone(zone)
    facts = [(_("Signed at"), f"{moment:%Y-%m-%d %H:%M:%S UTC%z}")]
    if one.phone:
        facts.append((_("Phone"), one.phone))
    if one.proof:
        facts.append((_("Proved by"), _("Verification code no. %(number)s") % {"number": one.proof}))
    return Signer(name=f"{one.party.label}：{one.name}", facts=facts, strokes=one.strokes)
