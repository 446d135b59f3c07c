"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("my/", include("yuju.portal.urls")), path("", include("yuju.console.urls"))]

handler400 = "yuju.config.errors.bad_request"
handler403 = "yuju.config.errors.permission_denied"
handler404 = "yuju.config.errors.page_not_found"
handler500 = "yuju.config.errors.server_error"
