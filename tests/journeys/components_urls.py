"""The site with the page of all components, which otherwise exists only while developing."""

from django.urls import include, path

from yuju.config.urls import handler400, handler403, handler404, handler500
from yuju.console.views.components import components_page

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("dev/components", components_page), path("", include("yuju.config.urls"))]
