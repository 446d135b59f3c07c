"""The frame of every page of the field face."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yuju.identity.models import User
from yuju.kit.toasts import toasts_take
from yuju.residency.needs import PERMISSION as NEEDS
from yuju.workforce.selectors import late_count, to_take

MOST_COUNTED = 100


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the pages are guarded before they ask."""
    return cast(User, request.user)


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, here: str = "", status: int = 200
) -> HttpResponse:
    """A page inside the frame.

    Args:
        here: the entry of the navigation that it belongs to.
    """
    user = user_of(request)
    frame = {
        "said": toasts_take(request),
        "user": user,
        "here": here,
        "helps": user.may(NEEDS),
        "late": late_count(user, timezone.now()),
        "waiting": to_take(user)[:MOST_COUNTED].count(),
    }
    return render(request, template, frame | context, status=status)
