"""The panel beside the form of a resident: whether the person is on file already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.console.form_panels.blacklist import blacklist_cautions
from yuju.identity.models import User
from yuju.kit import search
from yuju.kit.console import Caution, Consequences, Line
from yuju.kit.crypto import keyed_hash
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.choices import IdType
from yuju.residency.models import Resident, Tenure
from yuju.residency.searching import RESIDENT
from yuju.residency.services.documents import id_number_check

VIEW, LEASES = "residents.view", "leases.view"
SHOWN = 3


def resident_panel(given: Mapping[str, Any], row: Resident | None, user: User, at: datetime) -> Consequences:
    """Who has the telephone or the document already; what somebody on file holds."""
    own = row.pk if row is not None else None
    place = row.property if row is not None else given.get("property")
    cautions = [
        *_known(same_phone(given.get("phone") or "", user), own, _("%(name)s (%(number)s) has this telephone.")),
        *_known(same_document(given, user), own, _("%(name)s (%(number)s) has this document.")),
        *blacklist_cautions(
            id_number=given.get("id_number") or "",
            phone=given.get("phone") or "",
            user=user,
            on=local_date(at, place.time_zone if place is not None else settings.TIME_ZONE),
        ),
    ]
    lines = []
    if row is not None and user.may(LEASES, row.property_id):
        held = Tenure.objects.filter(resident=row).select_related("unit").order_by("-start")[:5]
        lines = [
            Line(
                one.unit.label,
                str(one.get_category_display()),
                f"{one.start} – {one.end or _('open')}",
                url=reverse("console:leases-detail", args=[one.pk]),
            )
            for one in held
        ]
    text = ""
    if not cautions:
        asked = given.get("phone") or given.get("id_number")
        text = (
            _("Nobody else on file has this telephone or document.")
            if asked
            else _("Whoever has the same telephone or document is shown here as soon as it is entered.")
        )
    return Consequences(_("On file already?"), lines, cautions=cautions, text=text)


def _known(others: list[Resident], own: int | None, sentence: str) -> list[Caution]:
    return [
        Caution(
            sentence % {"name": one.name, "number": one.ref},
            url=reverse("console:residents-detail", args=[one.pk]),
            link=_("Open"),
        )
        for one in others
        if one.pk != own
    ]


def same_phone(typed: str, user: User) -> list[Resident]:
    """Residents on file with a telephone number, as far as it is one."""
    try:
        phone = check_phone(typed.strip())
    except Refused:
        return []
    hits = search.find(phone, [RESIDENT], user.property_scope(VIEW), SHOWN + 1) if phone else []
    return list(Resident.objects.visible_to(user, VIEW).filter(pk__in=[hit.object_id for hit in hits])[: SHOWN + 1])


def same_document(given: Mapping[str, Any], user: User) -> list[Resident]:
    """Residents on file with the document typed, as far as it is one. Where no kind of document is asked for, it is the
    credit code of a company."""
    id_type = given.get("id_type", IdType.CREDIT_CODE) or ""
    try:
        _kind, number = id_number_check(
            id_type=id_type if id_type in IdType.values else "", id_number=given.get("id_number") or ""
        )
    except Refused:
        return []
    if not number:
        return []
    same = Resident.objects.visible_to(user, VIEW).filter(id_number_hash=keyed_hash(number, "id_number"))
    return list(same.order_by("pk")[: SHOWN + 1])
