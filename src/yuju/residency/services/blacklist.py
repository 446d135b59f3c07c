"""Putting somebody on the blacklist (黑名单), and lifting it."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit import identity_numbers
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.kit.pinyin import sort_key
from yuju.residency.models import Blacklisting
from yuju.residency.phones import phone_hash


@edits
def blacklisting_save(
    *,
    entry: Blacklisting | None,
    name: str,
    id_number: str,
    phone: str,
    reason: str,
    since: date,
    until: date | None,
    by: User | None,
    at: datetime,
) -> Blacklisting:
    """Puts somebody on the blacklist (`entry` is None), or changes what is written there.

    Args:
        since, until: the first and the last local day on which it warns; None for until it is lifted.

    Raises:
        Refused: neither document nor telephone is known, one of them cannot be a number, there is no name or reason, it
            ends before it begins, or was lifted.
    """
    saved = entry if entry is not None else Blacklisting(entered_by=by, entered_at=at)
    if saved.lifted_on is not None:
        raise Refused(_("This entry was lifted. Make a new one."))
    saved.name, saved.reason = name.strip(), reason.strip()
    if not saved.name:
        raise Refused(_("Say who it is."), field="name")
    if not saved.reason:
        raise Refused(_("Say why: whoever checks somebody in has to decide by it."), field="reason")
    if until is not None and until < since:
        raise Refused(_("The end is before the beginning."), field="until")
    saved.since, saved.until = since, until
    saved.name_sort = sort_key(saved.name)[:160]
    saved.id_number = identity_numbers.tidy(id_number)
    saved.id_number_hash = keyed_hash(saved.id_number, "id_number") if saved.id_number else ""
    saved.phone = identity_numbers.check_phone(phone, field="phone") if phone.strip() else ""
    saved.phone_hash = phone_hash(saved.phone)
    if not saved.id_number and not saved.phone:
        raise Refused(_("Give the ID number or the phone: nobody is found by name alone."), field="id_number")
    saved.save()
    return saved


@edits
def blacklisting_lift(*, entry: Blacklisting, reason: str, on: date, by: User | None, at: datetime) -> Blacklisting:
    """Lifts an entry. Nothing happens when it was lifted already.

    Raises:
        Refused: no reason.
    """
    if entry.lifted_on is not None:
        return entry
    if not reason.strip():
        raise Refused(_("Say why it is lifted."), field="reason")
    entry.lifted_on, entry.lifted_because, entry.lifted_by = on, reason.strip()[:300], by
    entry.save(update_fields=["lifted_on", "lifted_because", "lifted_by"])
    return entry
