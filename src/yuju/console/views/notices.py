"""The bell: a user's latest notices, read once they are opened."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from yuju.identity.models import User
from yuju.kit.console.pages import signed_in
from yuju.messaging.models import Notice
from yuju.messaging.services.notices import notices_mark_read

SHOWN = 12


@require_POST
@signed_in
def notices_page(request: HttpRequest) -> HttpResponseBase:
    """The list under the bell; opening it marks all of them read."""
    user = cast(User, request.user)
    notices = list(Notice.objects.filter(recipient=user).order_by("-at", "-pk")[:SHOWN])
    notices_mark_read(user=user, at=timezone.now())
    return render(request, "console/shell/notices.html", {"notices": notices})
