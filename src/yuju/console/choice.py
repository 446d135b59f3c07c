"""The property switcher: which properties a user is offered, and which one the pages are about."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from yuju.identity.models import User
from yuju.premises.models import Property

SESSION_PROPERTY = "property_id"


def offered_properties(request: HttpRequest) -> list[Property]:
    """The properties where the user is posted, by name."""
    user = request.user
    if not isinstance(user, User):
        return []
    return list(Property.objects.visible_to(user, "premises.view").order_by("code", "pk"))


def chosen_property(request: HttpRequest) -> Property | None:
    """The property the pages are about; None means all that the user may see."""
    known: Any = request
    if not isinstance(known.user, User):
        return None
    wanted = known.session.get(SESSION_PROPERTY)
    offered: list[Property] = list(known.properties)
    if len(offered) == 1:
        return offered[0]
    return next((one for one in offered if one.pk == wanted), None)


def choose_property(request: HttpRequest, property_id: int | None) -> bool:
    """Remembers the choice for this browser; None for all. Returns whether the property is one of the user's."""
    known: Any = request
    if property_id is None:
        known.session.pop(SESSION_PROPERTY, None)
        return True
    if not any(one.pk == property_id for one in known.properties):
        return False
    known.session[SESSION_PROPERTY] = property_id
    return True
