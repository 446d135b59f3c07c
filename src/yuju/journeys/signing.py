"""Signing on screen, whatever is signed: a code for the document at hand, sent to the resident's phone, and what it proves."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.strokes import Line
from yuju.kit.tenancy import current_origin
from yuju.residency.choices import CodePurpose, Party
from yuju.residency.e_signature import SCREEN
from yuju.residency.models import PortalCode, Resident
from yuju.residency.ports import Signature, code_channels, codes_are_shown
from yuju.residency.services.portal_codes import portal_code_prove, portal_code_request


def codes_can_be_sent() -> bool:
    """Whether anything can be signed on screen here: a code has to reach the resident."""
    return bool(code_channels()) or codes_are_shown()


def signing_code_send(resident: Resident, *, purpose: CodePurpose, sha256: str, address: str, at: datetime) -> str:
    """Sends the resident a code that signs one document and proves nothing else.

    Args:
        sha256: of the document.
        address: the caller's network address, against too many requests.

    Returns:
        The code where pages show it themselves, as in the demo; empty otherwise.

    Raises:
        Refused: the resident has no good telephone number, or too many codes were asked for (code `throttled`): unlike at the
            sign-in, whoever asks is known here and may be told.
    """
    shown = portal_code_request(
        phone=str(resident.phone),
        purpose=purpose,
        about=sha256,
        address=address,
        channels=code_channels(),
        show=codes_are_shown(),
        at=at,
    )
    if not PortalCode.objects.filter(purpose=purpose, bearer_hash=sha256, made_at=at).exists():
        raise Refused(_("Too many codes were asked for. Wait 15 minutes and try again."), code="throttled")
    return shown


def resident_signature(
    resident: Resident,
    *,
    purpose: CodePurpose,
    sha256: str,
    code: str,
    strokes: list[Line],
    address: str,
    by: User | None,
    at: datetime,
) -> Signature:
    """The resident's signature to a document, proved by the code that was sent for it. The code is used up.

    Args:
        by: at whose desk; None in the portal.

    Raises:
        Refused: the code is wrong (`wrong`) or was tried too often (`throttled`).
    """
    phone = str(resident.phone)
    used = portal_code_prove(phone=phone, code=code, purpose=purpose, about=sha256, address=address, at=at)
    return Signature(
        Party.RESIDENT,
        resident.name,
        SCREEN,
        at,
        sha256,
        by=by,
        phone=mask_phone(phone),
        proof=str(used.pk),
        strokes=strokes,
        **signed_from(),
    )


def signed_from() -> dict[str, str]:
    """From where a signature is given, as the audit keeps it."""
    origin = current_origin()
    return {"address": str(origin.get("address", ""))[:60], "agent": str(origin.get("device", ""))[:200]}
