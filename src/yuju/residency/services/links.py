"""Leases that follow each other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.residency.choices import LinkKind, TenureState
from yuju.residency.models import Tenure, TenureLink


def tenure_link(
    *, before: Tenure, after: Tenure, kind: LinkKind, reason: str, key: UUID, by: User | None, at: datetime
) -> TenureLink:
    """Says that a lease follows another."""
    return TenureLink.objects.create(
        before=before, after=after, kind=kind, reason=reason.strip()[:200], key=key, at=at, by=by
    )


def refuse_followed(tenure: Tenure) -> None:
    """Refuses where a lease is followed by another that stands.

    Raises:
        Refused: naming the one that follows (code `followed`).
    """
    links = TenureLink.objects.filter(before=tenure).exclude(after__state=TenureState.CANCELLED)
    found = links.select_related("after").first()
    if found is not None:
        raise Refused(
            _("%(number)s is followed by %(after)s already.") % {"number": tenure.number, "after": found.after.number},
            code="followed",
        )
