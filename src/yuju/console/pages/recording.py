"""What the console's pages write down: who was shown personal data, who exported what."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.console import ModelConsole, console_site
from yuju.kit.console.state import RESERVED


class AuditRecorder:
    """Writes into the audit of the operator."""

    def revealed(self, request: HttpRequest, row: Any, name: str) -> None:
        """One value of one row was shown in full; the value itself is not kept."""
        audit_record(
            action=AuditAction.REVEALED,
            by=cast(User, request.user),
            at=timezone.now(),
            about=row,
            property_id=getattr(row, "property_id", None),
            field=name,
        )

    def exported(self, request: HttpRequest, console: ModelConsole[Any], rows: int, kind: str) -> None:
        """A list was exported: which, how many rows, under which search and filters."""
        chosen = getattr(request, "property", None)
        # Whatever else stands in the address did not narrow the list.
        known = RESERVED.union(*(spec.parameters for spec in console.filters))
        audit_record(
            action=AuditAction.EXPORTED,
            by=cast(User, request.user),
            at=timezone.now(),
            property_id=chosen.pk if chosen is not None else None,
            list=console.slug,
            rows=rows,
            format=kind,
            # The search box may hold a name or a phone number: that something was sought is enough.
            filters={
                key: "…" if key == "q" else str(value).replace("\x00", "")[:100]
                for key, value in request.GET.items()
                if key in known and key != "format"
            },
        )


console_site.recorder = AuditRecorder()
