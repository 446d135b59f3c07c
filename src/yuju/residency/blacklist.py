"""Who is on the blacklist (黑名单)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from yuju.kit import identity_numbers
from yuju.kit.crypto import keyed_hash
from yuju.kit.errors import Refused
from yuju.residency.models import Blacklisting
from yuju.residency.phones import phone_hash

VIEW = "blacklist.view"
"""The permission of those who are told why; others who check somebody in are told that there is an entry."""


def in_force(on: date) -> Q:
    """The condition of an entry that warns on a day."""
    return Q(Q(until=None) | Q(until__gte=on), since__lte=on, lifted_on=None)


def blacklist_matches(*, id_number: str, phone: str, on: date) -> list[Blacklisting]:
    """The entries in force about whoever has a document or a telephone: `blacklisted_among` for one person."""
    return blacklisted_among([(id_number, phone)], on=on)


def blacklisted_among(people: Iterable[tuple[str, str]], *, on: date) -> list[Blacklisting]:
    """The entries in force about some people, the newest first, in one statement.

    Args:
        people: the document and the telephone of each, as typed; what cannot be a number finds nobody.
        on: the local day of the check-in.
    """
    found = Q()
    for id_number, phone in people:
        if number := identity_numbers.tidy(id_number):
            found |= Q(id_number_hash=keyed_hash(number, "id_number"))
        if hashed := _phone_hash(phone):
            found |= Q(phone_hash=hashed)
    if not found:
        return []
    return list(Blacklisting.objects.filter(found, in_force(on)).order_by("-since", "-pk"))


def _phone_hash(phone: str) -> str:
    try:
        return phone_hash(identity_numbers.check_phone(phone.strip())) if phone.strip() else ""
    except Refused:
        return ""
