"""When somebody was born, as far as their document tells."""

from __future__ import annotations

from datetime import date

from yuju.kit.dates import month_start
from yuju.kit.identity_numbers import birth_date
from yuju.residency.choices import IdType


def birth_month(id_type: str, id_number: str) -> date | None:
    """The first day of the month of birth that a tidied ID number tells; None for other documents, or none."""
    if id_type != IdType.ID_CARD or len(id_number) != 18:
        return None
    born = birth_date(id_number)
    return None if born is None else month_start(born)
