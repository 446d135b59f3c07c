"""Documenting who inherits from a resident who died."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.choices import HeirBasis, IdType
from yuju.residency.deaths import heirs_of
from yuju.residency.models import Death, Heir
from yuju.residency.services.deaths import FOLDER
from yuju.residency.services.documents import id_number_check, scan_kept

WHOLE = Decimal(100)


@transaction.atomic
@edits
def heir_add(
    *,
    death: Death,
    name: str,
    relation: str,
    id_type: IdType,
    id_number: str,
    phone: str = "",
    share: Decimal | None = None,
    basis: HeirBasis,
    basis_number: str = "",
    scan: File[bytes],
    by: User | None,
    at: datetime,
) -> Heir:
    """Documents an heir. The same document number again is who is there.

    Args:
        share: percent, above 0; None where it is agreed when the money is paid out.

    Raises:
        Refused: the death was taken back, the name or document is missing or cannot be, the shares come to more than 100 %, or
            the file is no scan.
    """
    held: Death = Death.objects.select_for_update(no_key=True).get(pk=death.pk)
    if held.withdrawn_at is not None:
        raise Refused(_("This death was taken back."), code="withdrawn")
    if not name.strip():
        raise Refused(_("Say who it is."), field="name")
    kind, number = id_number_check(id_type=id_type, id_number=id_number)
    if not number:
        raise Refused(_("Give the number of the document: the money goes to this person."), field="id_number")
    known = heirs_of(held.resident_id)
    for one in known:
        if (one.id_type, one.id_number) == (kind, number):
            return one
    _refuse_share(share, known)
    with scan_kept(scan, folder=FOLDER) as kept:
        made: Heir = Heir.objects.create(
            resident_id=held.resident_id,
            death=held,
            name=name.strip()[:60],
            relation=relation.strip()[:30],
            id_type=kind,
            id_number=number,
            phone=check_phone(phone, field="phone") if phone.strip() else "",
            share=share,
            basis=basis,
            basis_number=basis_number.strip()[:80],
            path=kept.path,
            sha256=kept.sha256,
            entered_at=at,
            entered_by=by,
        )
    return made


def _refuse_share(share: Decimal | None, known: list[Heir]) -> None:
    if share is None:
        return
    if not 0 < share <= WHOLE:
        raise Refused(_("A share is above 0 and at most 100 %."), field="share")
    if sum((one.share for one in known if one.share is not None), share) > WHOLE:
        raise Refused(_("The shares of all heirs come to more than 100 %."), field="share")


@transaction.atomic
@edits
def heir_withdraw(*, heir: Heir, reason: str, by: User | None, at: datetime) -> Heir:
    """Takes back an heir who was entered wrongly; the row stays. Taken back already, nothing happens.

    Raises:
        Refused: no reason.
    """
    held: Heir = Heir.objects.select_for_update(no_key=True).get(pk=heir.pk)
    if held.withdrawn_at is not None:
        return held
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="reason")
    held.withdrawn_at, held.withdrawn_because = at, reason.strip()[:300]
    held.save()
    return held
