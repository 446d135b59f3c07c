"""Who lives in a unit with the resident (同住人)."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record, edits
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import check_phone
from yuju.residency.models import Occupant, Tenure
from yuju.residency.services.documents import document_guess, id_number_check, nationality_check
from yuju.residency.services.residents import COVERED


@edits
def occupant_add(
    *,
    tenure: Tenure,
    name: str,
    relation: str = "",
    phone: str = "",
    id_type: str = "",
    id_number: str = "",
    nationality: str = "",
    since: date | None = None,
    by: User | None,
    at: datetime,
) -> Occupant:
    """Adds somebody who lives there too. How many a bill counts is a term of the tenure, not the number of these rows.

    Args:
        id_type: the kind of document; an empty one is told from the number.
        nationality: the code of a country; empty for what the document says.
        since: the local day from which; None where it is not known.

    Raises:
        Refused: there is no name, or the phone, the document's number or the nationality cannot be one.
    """
    made = Occupant(tenure=tenure, since=since)
    _fill(made, name, relation, phone, id_type, id_number, nationality)
    made.save()
    return made


@edits
def occupant_change(
    *,
    occupant: Occupant,
    name: str,
    relation: str,
    phone: str,
    id_type: str,
    id_number: str,
    nationality: str,
    by: User | None,
    at: datetime,
) -> Occupant:
    """Changes what is known of somebody who lives there too.

    Raises:
        Refused: as `occupant_add`.
    """
    _fill(occupant, name, relation, phone, id_type, id_number, nationality)
    occupant.save()
    return occupant


def occupant_reveal(*, occupant: Occupant, field: str, by: User, at: datetime) -> str:
    """The full value of one covered field of an occupant; that it was shown, to whom and when, is written down first.

    Raises:
        Refused: the field holds nothing that is covered.
    """
    if field not in COVERED or not hasattr(occupant, field):
        raise Refused(_("This is not covered."), field=field)
    place = occupant.tenure.property_id
    audit_record(action=AuditAction.REVEALED, by=by, at=at, about=occupant, property_id=place, field=field)
    return str(getattr(occupant, field))


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


def _fill(
    occupant: Occupant, name: str, relation: str, phone: str, id_type: str, id_number: str, nationality: str
) -> None:
    occupant.name, occupant.relation = name.strip(), relation.strip()
    if not occupant.name:
        raise Refused(_("An occupant needs a name."), field="name")
    occupant.phone = check_phone(phone, field="phone") if phone.strip() else ""
    kind = id_type or document_guess(id_number)
    occupant.id_type, occupant.id_number = id_number_check(id_type=kind, id_number=id_number)
    occupant.nationality = nationality_check(nationality, occupant.id_type, occupant.id_number)
