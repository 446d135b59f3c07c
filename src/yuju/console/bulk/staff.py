"""Bulk actions on staff: locking out those who have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.identity.choices import Role
from yuju.identity.models import Posting, User
from yuju.identity.services import user_change
from yuju.kit.console import Ask, BulkAction, LeftOut


class Lock(BulkAction):
    """Locks users out. Their sessions end with it, so it is not taken back by a button."""

    name = "lock"
    label = gettext_lazy("Lock")
    icon = "lock"
    hint = gettext_lazy("They are signed out at once and may not sign in until each is let in again.")
    word = gettext_lazy("Lock")

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        user = cast(User, ask.request.user)
        found = [LeftOut(_("That is you"), Q(pk=user.pk)), LeftOut(_("Locked already"), Q(is_active=False))]
        scope = user.property_scope(self.permission_for(ask.console))
        if scope is not None:
            elsewhere = Posting.objects.filter(user=OuterRef("pk")).exclude(property_id__in=scope)
            found.append(LeftOut(_("Posted where you may not change staff"), Q(Exists(elsewhere))))
        return found

    def sentence(self, ask: Ask, count: int) -> str:
        return ngettext("%(count)s user is locked", "%(count)s users are locked", count) % {"count": f"{count:,}"}

    def apply(self, ask: Ask, rows: QuerySet[User], *, by: Any, at: datetime) -> None:
        # One after another, by the one service that knows what locking means: an operator's staff are few.
        for user in rows.order_by("pk").prefetch_related("postings"):
            postings = [(Role(one.role), one.property_id) for one in user.postings.all()]
            user_change(user=user, name=user.name, is_active=False, postings=postings, by=by, at=at)


STAFF_ACTIONS = (Lock(),)
