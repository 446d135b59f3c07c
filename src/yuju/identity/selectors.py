"""Who is there to be told."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from yuju.identity.choices import Role
from yuju.identity.models import Posting, User


def users_in_role(role: Role, property_id: int) -> list[User]:
    """The users that may sign in and have a role at a property or at all of them, by id. One query."""
    held = Posting.objects.filter(user_id=OuterRef("pk"), role=role).filter(
        Q(property_id=None) | Q(property_id=property_id)
    )
    return list(User.objects.filter(Exists(held), is_active=True).order_by("pk"))
