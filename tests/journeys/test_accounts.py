"""Accounts in a browser: an invitation with an app, passkeys of a virtual authenticator, a session ended from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pyotp
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from tests.support.browser import SIZES, Visitor
from yuju.identity.choices import Role, SignInMeans
from yuju.identity.models import FormDraft, Operator, Passkey, User, UserSession
from yuju.identity.services import user_create
from yuju.identity.services.rules import sign_in_rules_change
from yuju.identity.sessions import SESSION_CONFIRMED
from yuju.kit.tenancy import operator_context

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSWORD = "a good long password"
OWN = "otters in the rain"


@pytest.fixture
def manager(committed_operator: Operator) -> User:
    with operator_context(committed_operator.pk), transaction.atomic():
        return user_create(
            username="zhou", name="周明", password=PASSWORD, postings=[(Role.MANAGER, None)], by=None, at=AT
        )


def by_name(visitor: Visitor) -> None:
    """Goes to the server by its name: browsers make no passkeys for bare addresses."""
    visitor.home = visitor.home.replace("127.0.0.1", "localhost")


def authenticator(visitor: Visitor) -> None:
    """A device of the browser's own that keeps passkeys and verifies whoever touches it."""
    devices = visitor.page.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def ten_minutes_later(visitor: Visitor) -> None:
    """Whoever is signed in has to show anew who they are."""
    (cookie,) = (one for one in visitor.page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)
    store = SessionStore(cookie["value"])
    store[SESSION_CONFIRMED] -= 601
    store.save()


def sign_out(visitor: Visitor) -> None:
    visitor.press(".yj-me")
    visitor.press("form[action='/sign-out'] button")


def test_an_invited_accountant_sets_password_and_app_and_signs_in_with_both(visitor: Visitor, manager: User) -> None:
    # Given that accountants need two steps, and a manager who invites one
    with operator_context(manager.operator_id), transaction.atomic():
        sign_in_rules_change(
            roles_with_factor=["accountant"], grace_days=0, idle_minutes=60, session_hours=12, by=None, at=AT
        )
    visitor.sign_in("zhou", PASSWORD)
    visitor.open("/staff/new/")
    visitor.page.fill("[name=username]", "lu")
    visitor.page.fill("[name=name]", "陈璐")
    visitor.page.check("[name=postings][value='accountant:0']")
    visitor.press(".foot-bar [data-key=submit]")
    link = urlsplit(visitor.page.input_value("#one-time-link")).path
    visitor.page.context.clear_cookies()

    # When the accountant opens the link, is told while typing what is wrong, and sets a password
    visitor.open(link)
    visitor.page.fill("[name=new]", "woaini1314")
    visitor.page.locator("#judge .c-bad").wait_for()
    visitor.page.fill("[name=new]", OWN)
    visitor.page.locator("#judge .grade-3").wait_for()
    visitor.page.fill("[name=again]", OWN)
    visitor.press("form:has([name=again]) button[type=submit]")

    # Then the set-up comes next, and nothing else
    assert visitor.page.url.endswith("/account/two-step")
    visitor.press("a[href='/account/two-step/app']")
    secret = visitor.page.locator(".secret").text_content().replace(" ", "")
    visitor.page.fill("[name=code]", pyotp.TOTP(secret).now())
    visitor.press("form:has([name=code]) button[type=submit]")
    codes = visitor.page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    visitor.press("main a.btn-primary")

    # And the next sign-in asks for a code; here a recovery code, since the digits were used a moment ago
    visitor.page.context.clear_cookies()
    visitor.sign_in("lu", OWN)
    assert visitor.page.url.endswith("/sign-in/verify")
    visitor.press("a[href='?use=recovery']")
    visitor.page.fill("[name=code]", codes[0])
    visitor.press("form:has([name=code]) button[type=submit]")
    assert visitor.page.locator(".yj-me").is_visible()


def test_a_passkey_signs_in_alone_and_beside_the_password_and_is_removed(desktop: Visitor, manager: User) -> None:
    # Given a manager who adds a passkey
    by_name(desktop)
    authenticator(desktop)
    desktop.sign_in("zhou", PASSWORD)
    desktop.open("/account/two-step")
    with desktop.page.expect_navigation(url="**/account/recovery-codes"):
        desktop.page.click("[data-passkey-go]")
    desktop.open("/account")
    sign_out(desktop)

    # When it is used in place of the password
    with desktop.page.expect_navigation(url=re.compile(r"/$")):
        desktop.page.click("[data-passkey-go]")
    desktop.settle()
    sign_out(desktop)

    # And beside it
    desktop.sign_in("zhou", PASSWORD)
    assert desktop.page.url.endswith("/sign-in/verify")
    with desktop.page.expect_navigation(url=re.compile(r"/$")):
        desktop.page.click("[data-passkey-go]")
    desktop.settle()
    with operator_context(manager.operator_id), transaction.atomic():
        used = list(UserSession.objects.order_by("pk").values_list("means", flat=True))
        assert used == [SignInMeans.PASSWORD, SignInMeans.PASSKEY, SignInMeans.PASSWORD_PASSKEY]
        passkey = Passkey.objects.get()
        assert passkey.used_at is not None
        # A copy of the device would count from behind.
        Passkey.objects.update(sign_count=passkey.sign_count + 1000)

    # Then a counter that went backwards is refused, and the page says so
    sign_out(desktop)
    desktop.expected.add(422)
    desktop.page.click("[data-passkey-go]")
    desktop.page.locator("[role=alert] span").wait_for()
    with operator_context(manager.operator_id), transaction.atomic():
        Passkey.objects.update(sign_count=0)
    with desktop.page.expect_navigation(url=re.compile(r"/$")):
        desktop.page.click("[data-passkey-go]")

    # And once it is removed the password alone does again
    desktop.open("/account")
    desktop.page.click("form[action$='/remove'] button")
    desktop.press("#confirm [data-yes]")
    sign_out(desktop)
    desktop.sign_in("zhou", PASSWORD)
    assert desktop.page.locator(".yj-me").is_visible()


def test_a_passkey_shows_who_is_there_within_the_forms_that_give_rights(visitor: Visitor, manager: User) -> None:
    # Given a manager with a passkey, who signed in a while ago
    by_name(visitor)
    authenticator(visitor)
    visitor.sign_in("zhou", PASSWORD)
    visitor.open("/account/two-step")
    with visitor.page.expect_navigation(url="**/account/recovery-codes"):
        visitor.page.click("[data-passkey-go]")
    ten_minutes_later(visitor)

    # When a role is made, and the passkey touched in place of the password
    visitor.open("/staff/roles/new/")
    visitor.page.fill("[name=name_zh]", "夜班主管")
    visitor.page.fill("[name=name_en]", "Night lead")
    with visitor.page.expect_navigation(url=re.compile(r"/staff/roles/(?!new)[^/]+/$")):
        visitor.page.click("[data-passkey-go]")
    visitor.settle()

    # Then it is made, and the next form does not ask
    visitor.open("/staff/new/")
    assert visitor.page.locator("[data-passkey-go]").count() == 0

    # When that form is used later: first with a name that is missing
    ten_minutes_later(visitor)
    visitor.open("/staff/new/")
    visitor.page.fill("[name=username]", "lu")
    visitor.page.check("[name=postings][value='cashier:0']")
    visitor.expected.add(422)
    visitor.page.fill("[name=confirm]", "guessed wrong")
    visitor.press(".foot-bar [data-key=submit]")
    visitor.page.fill("[name=name]", "陈璐")
    with visitor.page.expect_navigation(url=re.compile(r"/staff/\d+/")):
        visitor.page.click("[data-passkey-go]")
    visitor.settle()

    # Then the user is made, and nothing is left of what was being typed
    with operator_context(manager.operator_id), transaction.atomic():
        assert User.objects.get(username="lu").postings.get().role == Role.CASHIER
        assert not FormDraft.objects.exists()
        assert Passkey.objects.get().used_at is not None


def test_a_session_ended_elsewhere_leads_to_the_sign_in_page_at_the_next_request(
    desktop: Visitor, manager: User
) -> None:
    # Given the same user on another browser
    desktop.sign_in("zhou", PASSWORD)
    assert desktop.page.context.browser is not None
    context = desktop.page.context.browser.new_context(locale="zh-CN", **SIZES["phone"])
    other = Visitor(page=context.new_page(), home=desktop.home)
    other.sign_in("zhou", PASSWORD)
    other.open("/units/")

    # When the first one ends that session
    desktop.open("/account")
    desktop.press("form[action$='/end'] button")

    # Then the other is out at its next request, and the first is not
    other.page.goto(other.home + "/units/")
    assert "/sign-in" in other.page.url
    desktop.open("/account")
    assert desktop.page.locator("form[action$='/end']").count() == 0
    context.close()
