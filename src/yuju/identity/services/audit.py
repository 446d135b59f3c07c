"""Writing down what must be answered for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model

from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, User
from yuju.kit.tenancy import current_origin


def audit_record(
    *,
    action: AuditAction,
    by: User | None,
    at: datetime,
    about: Model | None = None,
    property_id: int | None = None,
    **detail: Any,
) -> AuditEntry:
    """Records one act, and from where it was done. `detail` must not hold personal data in the clear."""
    return AuditEntry.objects.create(
        at=at,
        user=by,
        origin=dict(current_origin()),
        action=action,
        object_kind=(about._meta.model_name or "") if about is not None else "",
        object_id=about.pk if about is not None else None,
        property_id=property_id,
        detail=detail,
    )
