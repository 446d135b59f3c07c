"""Who is there to be told, and who may change whom."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from yuju.identity.choices import Role
from yuju.identity.models import Posting, User

STAFF = "staff.edit"


def users_in_role(role: Role, property_id: int) -> list[User]:
    """The users that may sign in and have a role at a property or at all of them, by id. One query."""
    held = Posting.objects.filter(user_id=OuterRef("pk"), role=role).filter(
        Q(property_id=None) | Q(property_id=property_id)
    )
    return list(User.objects.filter(Exists(held), is_active=True).order_by("pk"))


def may_change_user(by: User, user: User) -> bool:
    """Whether somebody may change a user: only who may change staff wherever the user is posted."""
    scope = by.property_scope(STAFF)
    return scope is None or all(posting.property_id in scope for posting in user.postings.all())
