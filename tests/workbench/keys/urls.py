"""The product's addresses, and those of the new model."""

from django.urls import include, path

from tests.workbench.keys.pages import site
from yuju.config.urls import handler400, handler403, handler404, handler500, urlpatterns
from yuju.kit.console import console_site

# What the console gives its site, once its addresses are loaded.
for port in ("recorder", "memory", "historian", "keeper", "drafts", "in_place_of"):
    setattr(site, port, getattr(console_site, port))

__all__ = ["handler400", "handler403", "handler404", "handler500"]

urlpatterns = [*urlpatterns, path("workbench/", include((site.urls, "workbench")))]
