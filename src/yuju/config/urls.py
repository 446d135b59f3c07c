"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("yuju.console.urls"))]

handler400 = "yuju.console.views.errors.bad_request"
handler403 = "yuju.console.views.errors.permission_denied"
handler404 = "yuju.console.views.errors.page_not_found"
handler500 = "yuju.console.views.errors.server_error"
