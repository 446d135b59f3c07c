"""The console's addresses: the shell's own, and those of every page registered with the console site."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from yuju.console import pages
from yuju.console.pages import home
from yuju.console.views import account, components, notices, receipt, search, session
from yuju.kit.console.site import console_site

pages.load()

app_name = "console"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("sign-in", session.sign_in_page, name="sign-in"),
    path("o/<slug:code>/sign-in", session.sign_in_page, name="operator-sign-in"),
    path("sign-out", session.sign_out_page, name="sign-out"),
    path("account", account.account_page, name="account"),
    path("language", session.language_page, name="language"),
    path("property", session.property_page, name="property"),
    path("notices", notices.notices_page, name="notices"),
    path("notices/unread", notices.unread_page, name="unread"),
    path("r/<str:token>", receipt.receipt_page, name="public-receipt"),
    path("search", search.search_page, name="search"),
    *console_site.urls,
]

if settings.DEBUG:
    urlpatterns.append(path("dev/components", components.components_page, name="components"))
