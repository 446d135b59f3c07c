"""The console's addresses: the shell's own, and those of every page registered with the console site."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from yuju.console import pages
from yuju.console.pages import home
from yuju.console.views import (
    account,
    account_factors,
    components,
    invitation,
    notices,
    receipt,
    search,
    second_factor,
    session,
)
from yuju.console.views import (
    settings as settings_view,
)
from yuju.kit.console.site import console_site

pages.load()

app_name = "console"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("sign-in", session.sign_in_page, name="sign-in"),
    path("o/<slug:code>/sign-in", session.sign_in_page, name="operator-sign-in"),
    path("sign-out", session.sign_out_page, name="sign-out"),
    path("sign-in/verify", second_factor.factor_page, name="sign-in-factor"),
    path("sign-in/another", second_factor.another_page, name="sign-in-another"),
    path("sign-in/passkey", second_factor.passkey_page, name="sign-in-passkey"),
    path("sign-in/passkey/ask", second_factor.passkey_ask_page, name="sign-in-passkey-ask"),
    path("o/<slug:code>/sign-in/passkey", second_factor.passkey_page, name="operator-sign-in-passkey"),
    path("o/<slug:code>/sign-in/passkey/ask", second_factor.passkey_ask_page, name="operator-sign-in-passkey-ask"),
    path("o/<slug:code>/join/<str:token>", invitation.join_page, name="join"),
    path("password/judge", invitation.judge_page, name="password-judge"),
    path("account", account.account_page, name="account"),
    path("account/name", account.name_page, name="account-name"),
    path("account/sessions/end-others", account.sessions_end_page, name="account-sessions-end"),
    path("account/sessions/<int:pk>/end", account.session_end_page, name="account-session-end"),
    path("account/confirm", account_factors.confirm_page, name="confirm"),
    path("account/confirm/passkey", account_factors.confirm_passkey_page, name="confirm-passkey"),
    path("account/confirm/passkey/ask", account_factors.confirm_ask_page, name="confirm-passkey-ask"),
    path("account/two-step", account_factors.choice_page, name="factor-choice"),
    path("account/two-step/app", account_factors.app_page, name="factor-app"),
    path("account/two-step/app/remove", account_factors.app_remove_page, name="factor-app-remove"),
    path("account/recovery-codes", account_factors.recovery_page, name="recovery-codes"),
    path("account/passkeys/ask", account_factors.passkey_ask_page, name="passkey-ask"),
    path("account/passkeys/add", account_factors.passkey_add_page, name="passkey-add"),
    path("account/passkeys/<int:pk>/rename", account_factors.passkey_rename_page, name="passkey-rename"),
    path("account/passkeys/<int:pk>/remove", account_factors.passkey_remove_page, name="passkey-remove"),
    path("language", session.language_page, name="language"),
    path("property", session.property_page, name="property"),
    path("notices", notices.notices_page, name="notices"),
    path("notices/unread", notices.unread_page, name="unread"),
    path("r/<str:token>", receipt.receipt_page, name="public-receipt"),
    path("search", search.search_page, name="search"),
    path("settings/", settings_view.settings_page, name="settings"),
    *console_site.urls,
]

if settings.DEBUG:
    urlpatterns.append(path("dev/components", components.components_page, name="components"))
