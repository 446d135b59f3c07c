"""Who is signed in on this phone, and the way out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from yuju.field.frame import page, user_of
from yuju.kit.console.pages import permitted
from yuju.workforce.selectors import DO


def _me(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    places = [one.name for one in getattr(request, "properties", ())]
    return page(
        request,
        "field/me.html",
        {"role": user.main_role, "places": places, "languages": list(settings.LANGUAGES)},
        here="me",
    )


me_page = permitted(DO, require_GET(_me))
