"""Who lives in a unit with the resident (同住人)."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.models import Occupant, Tenure


@edits
def occupant_add(
    *,
    tenure: Tenure,
    name: str,
    relation: str = "",
    phone: str = "",
    since: date | None = None,
    by: User | None,
    at: datetime,
) -> Occupant:
    """Adds somebody who lives there too. How many a bill counts is a term of the tenure, not the number of these rows.

    Args:
        since: the local day from which; None where it is not known.

    Raises:
        Refused: there is no name, or the phone cannot be one.
    """
    name = name.strip()
    if not name:
        raise Refused(_("An occupant needs a name."), field="name")
    return Occupant.objects.create(
        tenure=tenure,
        name=name,
        relation=relation.strip(),
        phone=check_phone(phone, field="phone") if phone.strip() else "",
        since=since,
    )


@edits
def occupant_remove(*, occupant: Occupant, on: date, by: User | None, at: datetime) -> None:
    """Ends an occupant's stay after a local day.

    Raises:
        Refused: the day is before the day the occupant moved in.
    """
    if occupant.since is not None and on < occupant.since:
        raise Refused(_("This is before the day they moved in."), field="until")
    occupant.until = on
    occupant.save(update_fields=["until"])
