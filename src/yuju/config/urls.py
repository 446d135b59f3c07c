"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

from yuju.config.monitoring import PAGES

urlpatterns = [
    # Answered by a middleware before anything else; here so that every address of the site is listed in one place.
    *(path(where, page, name=where.replace("/", "-")) for where, page in PAGES.items()),
    path("my/", include("yuju.portal.urls")),
    path("field/", include("yuju.field.urls")),
    path("", include("yuju.console.urls")),
]

handler400 = "yuju.config.errors.bad_request"
handler403 = "yuju.config.errors.permission_denied"
handler404 = "yuju.config.errors.page_not_found"
handler500 = "yuju.config.errors.server_error"
