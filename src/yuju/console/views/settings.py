"""The page that leads to what is set up once (设置)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yuju.console.settings_pages import settings_seen
from yuju.kit.console.pages import signed_in


@signed_in
@require_GET
def settings_page(request: HttpRequest) -> HttpResponseBase:
    """The pages the user may see; for whoever sees none of them it does not exist."""
    sections = settings_seen(request)
    if not sections:
        raise PermissionDenied
    return render(request, "console/settings.html", {"sections": sections})
