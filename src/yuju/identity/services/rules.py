"""An operator's rules for signing in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import SignInRules, User, UserSession
from yuju.identity.services.audit import audit_record
from yuju.kit.errors import Refused

LONGEST_GRACE = 90
SHORTEST_IDLE, LONGEST_SESSION = 5, 24 * 7


def sign_in_rules() -> SignInRules:
    """The rules in force; where the operator has set none, those that demand no second factor of anybody."""
    return SignInRules.objects.first() or SignInRules()


@transaction.atomic
def sign_in_rules_change(
    *,
    roles_with_factor: Iterable[str],
    grace_days: int,
    idle_minutes: int,
    session_hours: int,
    by: User | None,
    at: datetime,
) -> SignInRules:
    """Sets the rules. Lifetimes hold for open sessions too; a second factor is asked for from the next sign-in on.

    Args:
        roles_with_factor: the roles that sign in only with a second factor.
        grace_days: days from the first sign-in under the rule until there is no further without one; 0 is at once.
        idle_minutes: minutes without a page until a session ends.
        session_hours: hours after which it ends in any case.

    Raises:
        Refused: a number is out of bounds, or idling may last longer than the session.
    """
    if not 0 <= grace_days <= LONGEST_GRACE:
        raise Refused(_("Allow 0 to %(days)d days.") % {"days": LONGEST_GRACE}, field="grace_days")
    if not 1 <= session_hours <= LONGEST_SESSION:
        raise Refused(_("Allow 1 to %(hours)d hours.") % {"hours": LONGEST_SESSION}, field="session_hours")
    if not SHORTEST_IDLE <= idle_minutes <= session_hours * 60:
        raise Refused(
            _("Allow at least %(minutes)d minutes, and no more than the session lasts.") % {"minutes": SHORTEST_IDLE},
            field="idle_minutes",
        )
    values = {
        "roles_with_factor": sorted(set(roles_with_factor)),
        "grace_days": grace_days,
        "idle_minutes": idle_minutes,
        "session_hours": session_hours,
    }
    rules, _made = SignInRules.objects.update_or_create(defaults=values)
    UserSession.objects.filter(ended_at=None).update(
        idle_until=F("seen_at") + timedelta(minutes=idle_minutes),
        ends_at=F("started_at") + timedelta(hours=session_hours),
    )
    # Whoever is asked from now on has the whole time of grace.
    User.objects.update(factor_due_at=None)
    audit_record(action=AuditAction.CHANGED, by=by, at=at, about=rules, what="sign_in_rules", rules=values)
    return rules


def needs_factor(user: User) -> bool:
    """Whether one of the user's roles signs in only with a second factor."""
    asked = sign_in_rules().roles_with_factor
    return bool(asked) and user.postings.filter(role__in=asked).exists()
