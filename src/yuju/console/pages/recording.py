"""What the console's pages write down: who was shown personal data, who exported what or changed many rows at once; and how
a job asks in the place of a user."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.console.choice import offered_properties
from yuju.identity.choices import AuditAction
from yuju.identity.models import Change, User
from yuju.identity.services import audit_record
from yuju.kit.console import BulkAction, LastChange, ModelConsole, console_site
from yuju.kit.console.state import RESERVED
from yuju.kit.errors import Refused


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
        self._about_list(request, console, AuditAction.EXPORTED, rows=rows, format=kind)

    def changed(
        self, request: HttpRequest, console: ModelConsole[Any], action: BulkAction, rows: int, *, taken_back: bool
    ) -> None:
        """Many rows of a list were changed at once. Each of them has an entry of its own besides, made by the service."""
        self._about_list(request, console, AuditAction.CHANGED, rows=rows, bulk=action.name, taken_back=taken_back)

    def _about_list(self, request: HttpRequest, console: ModelConsole[Any], action: AuditAction, **detail: Any) -> None:
        chosen = getattr(request, "property", None)
        # Whatever else stands in the address did not narrow the list.
        known = RESERVED.union(*(spec.parameters for spec in console.filters))
        audit_record(
            action=action,
            by=cast(User, request.user),
            at=timezone.now(),
            property_id=chosen.pk if chosen is not None else None,
            list=console.slug,
            # The search box may hold a name or a phone number: that something was sought is enough.
            filters={
                key: "…" if key == "q" else str(value).replace("\x00", "")[:100]
                for key, value in request.GET.items()
                if key in known and key != "format"
            },
            **detail,
        )

    def last_change(self, request: HttpRequest, row: Any) -> LastChange | None:
        """Who made or changed a row, or what is a part of it, last."""
        changes = Change.objects.filter(subject=row._meta.db_table, subject_id=row.pk, user__isnull=False)
        latest = changes.select_related("user").order_by("-at", "-pk").first()
        if latest is None:
            return None
        return LastChange(str(latest.user), latest.at, is_self=latest.user_id == cast(User, request.user).pk)


def request_in_place_of(user_id: int, place_id: int | None, query: str) -> HttpRequest:
    """A user's request for a view, made by a job: with the user's rights of now and the property the list was about.

    Raises:
        Refused: the user may not sign in any longer, or not see the property.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Refused(_("You may not sign in any longer."))
    request: Any = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(query.removeprefix("?"))
    request.user, request.session = user, {}
    request.properties = offered_properties(request)
    request.property = next((place for place in request.properties if place.pk == place_id), None)
    if place_id is not None and request.property is None:
        raise Refused(_("You may not see this property any longer."))
    return cast(HttpRequest, request)


console_site.recorder = AuditRecorder()
console_site.in_place_of = request_in_place_of
