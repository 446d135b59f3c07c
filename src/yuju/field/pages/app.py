"""What makes the field face an application on the phone: its manifest, its worker, and the page shown without connection.

None of it knows who asks. What the worker keeps of somebody's own tasks, for a cellar without connection, is gone once
they sign out.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

BRAND = "#14606e"


@require_GET
@cache_control(max_age=3600, private=True)
def manifest_page(request: HttpRequest) -> HttpResponseBase:
    """The manifest, in the reader's language."""
    icons = [
        {"src": static(f"portal/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "name": _("Yuju for staff"),
        "short_name": _("Yuju"),
        "id": reverse("field:home"),
        "start_url": reverse("field:home"),
        "scope": reverse("field:home"),
        "display": "standalone",
        "background_color": "#f4f6f7",
        "theme_color": BRAND,
        "icons": icons,
    }
    return JsonResponse(manifest, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_GET
@cache_control(no_cache=True)
def worker_page(request: HttpRequest) -> HttpResponse:
    """The service worker; it must lie under /field/ to be allowed to work there."""
    kept = [reverse("field:offline")]
    kept += [static(f"console/build/{name}") for name in ("app.css", "field.css", "field.js", "icons.svg")]
    return render(
        request,
        "field/sw.js",
        {"kept": kept, "offline": kept[0], "home": reverse("field:home"), "me": reverse("field:me")},
        content_type="text/javascript; charset=utf-8",
    )


@require_GET
def offline_page(request: HttpRequest) -> HttpResponse:
    """What is shown without connection."""
    return render(request, "field/offline.html")
