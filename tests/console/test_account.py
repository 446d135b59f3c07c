"""Signing in in two steps, one-time links, proving again who one is, and one's own account, page by page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from tests.support.factors import app_of
from yuju.console.pages import staff_accounts
from yuju.identity.choices import AuditAction, Role, SignInMeans
from yuju.identity.models import AuditEntry, FormDraft, Invitation, SignInRules, TotpFactor, User, UserSession
from yuju.identity.services import user_create
from yuju.identity.services.invitations import invitation_make
from yuju.identity.services.rules import sign_in_rules_change
from yuju.identity.sessions import SESSION_CONFIRMED
from yuju.messaging.models import Notice

pytestmark = pytest.mark.django_db
PASSWORD = "long enough to do"


def _password(client: Client, user: User, **more: str) -> Any:
    return client.post("/sign-in", {"username": user.username, "password": PASSWORD, **more})


def _rules(*roles: str, grace: int = 0) -> None:
    sign_in_rules_change(
        roles_with_factor=roles, grace_days=grace, idle_minutes=60, session_hours=12, by=None, at=timezone.now()
    )


def _unconfirm(client: Client) -> None:
    session = client.session
    session[SESSION_CONFIRMED] = timezone.now().timestamp() - 601
    session.save()


def test_with_an_app_the_password_alone_signs_nobody_in(world: ConsoleWorld) -> None:
    # Given a user with an app, who asked for a page
    user = world.user("manager")
    secret, _codes = app_of(user)
    client = Client()

    # When the password is right
    assert _password(client, user, next="/units/")["Location"] == "/sign-in/verify"

    # Then nothing opens yet, and a wrong code is refused
    assert client.get("/units/")["Location"].startswith("/sign-in")
    _password(client, user, next="/units/")
    assert client.post("/sign-in/verify", {"code": "000000"}).status_code == 422
    assert not UserSession.objects.exists()

    # When the code is right, the page asked for comes, and it is known how it was opened
    assert client.post("/sign-in/verify", {"code": pyotp.TOTP(secret).now()})["Location"] == "/units/"
    assert client.get("/units/").status_code == 200
    assert UserSession.objects.get().means == SignInMeans.TOTP

    # And the same code signs in nowhere else
    other = Client()
    _password(other, user)
    assert other.post("/sign-in/verify", {"code": pyotp.TOTP(secret).now()}).status_code == 422


def test_the_second_step_is_over_when_it_takes_too_long_or_the_password_changes(world: ConsoleWorld) -> None:
    user = world.user("manager")
    secret, codes = app_of(user)
    client = Client()
    assert client.get("/sign-in/verify")["Location"] == "/sign-in"

    _password(client, user)
    session = client.session
    session["factor_owed"] = {**session["factor_owed"], "at": timezone.now().timestamp() - 601}
    session.save()
    assert client.post("/sign-in/verify", {"code": pyotp.TOTP(secret).now()})["Location"] == "/sign-in"

    _password(client, user)
    user.set_password("something else now")
    user.save()
    assert client.post("/sign-in/verify", {"code": codes[0], "use": "recovery"})["Location"] == "/sign-in"


def test_a_recovery_code_lets_in_and_says_how_many_are_left(world: ConsoleWorld) -> None:
    user = world.user("manager")
    _secret, codes = app_of(user)
    client = Client()
    _password(client, user)
    assert codes[0] not in client.get("/sign-in/verify?use=recovery").content.decode()
    shown = client.post("/sign-in/verify", {"code": codes[0], "use": "recovery"}, follow=True)
    assert "还剩 9 个恢复码" in shown.content.decode()


def test_whose_role_needs_it_sets_it_up_before_anything_else(world: ConsoleWorld) -> None:
    # Given that managers need two steps, without delay
    _rules(Role.MANAGER)
    user, client = world.user("manager"), Client()

    # When one signs in who has none, every page leads to the set-up
    assert _password(client, user)["Location"] == "/account/two-step"
    for url in ("/", "/units/", "/account", reverse("console:staff-list"), reverse("console:units-export")):
        assert client.get(url)["Location"] == "/account/two-step", url
    assert client.post("/account/name", {"name": "x"})["Location"] == "/account/two-step"
    assert client.get("/units/", headers={"HX-Request": "true"})["HX-Redirect"] == "/account/two-step"

    # When the digits are right, the codes are shown once, and the pages are open
    shown = client.get("/account/two-step/app").content.decode()
    (secret,) = re.findall(r'secret[^>]*">([A-Z2-7 ]{30,})<', shown)
    digits = pyotp.TOTP(secret.replace(" ", "")).now()
    assert client.post("/account/two-step/app", {"code": digits})["Location"] == "/account/recovery-codes"
    assert len(re.findall(r"<li>\w{5}-\w{5}</li>", client.get("/account/recovery-codes").content.decode())) == 10
    assert client.get("/account/recovery-codes")["Location"] == "/account"
    assert client.get("/units/").status_code == 200
    assert TotpFactor.objects.get(user=user).secret == secret.replace(" ", "")

    # And who has another role is asked for nothing
    assert _password(Client(), world.user("cashier"))["Location"] == "/"


def test_within_the_days_of_grace_it_is_said_and_nothing_is_held_back(world: ConsoleWorld) -> None:
    _rules(Role.MANAGER, grace=7)
    client = Client()
    shown = client.get(_password(client, world.user("manager"))["Location"]).content.decode()
    assert f"{timezone.localdate() + timedelta(days=7):%Y-%m-%d}" in shown
    assert "/account/two-step" in shown


def test_a_sign_in_on_a_new_device_is_told_to_the_user_the_first_ever_is_not(world: ConsoleWorld) -> None:
    user, usual = world.user("cashier"), Client()
    _password(usual, user)
    usual.post("/sign-out")
    _password(usual, user)
    assert not Notice.objects.exists()
    _password(Client(headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU) MicroMessenger/8.0"}), user)
    assert "WeChat · iPhone" in Notice.objects.get(recipient=user).title


def test_sensitive_acts_ask_who_is_there_and_lead_back(world: ConsoleWorld) -> None:
    # Given somebody who signed in more than ten minutes ago
    user, colleague = world.user("manager"), world.user("cashier")
    app_of(colleague)
    client = world.client_of(user)
    _unconfirm(client)
    page = reverse("console:staff-detail", args=[colleague.pk])
    acts = [reverse(f"console:{name}", args=[colleague.pk]) for name in ("staff-link", "staff-factors-reset")]
    acts += ["/account/recovery-codes", "/account/two-step/app/remove"]

    # When a sensitive act is tried, nothing is done
    for act in acts:
        answer = client.post(act, headers={"Referer": f"http://testserver{page}"})
        assert answer["Location"] == f"/account/confirm?next={page}", act
    asked = client.post("/account/passkeys/ask", headers={"Accept": "application/json"})
    assert (asked.status_code, "X-Confirm" in asked.headers) == (403, True)
    assert TotpFactor.objects.filter(user=colleague).exists()
    assert not Invitation.objects.exists()

    # When the password is given, one is back where one was, and it is done
    assert client.post("/account/confirm", {"password": "guessed wrong"}).status_code == 422
    assert client.post("/account/confirm", {"password": PASSWORD, "next": page})["Location"] == page
    client.post(acts[1])
    assert not TotpFactor.objects.filter(user=colleague).exists()

    # And it leads nowhere else
    _unconfirm(client)
    answer = client.post("/account/confirm", {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_roles_are_given_only_by_somebody_who_has_just_shown_who_it_is(world: ConsoleWorld) -> None:
    client = world.client("manager")
    _unconfirm(client)
    new = reverse("console:staff-new")
    given = {"username": "lu", "name": "陈璐", "postings": ["cashier:0"]}
    assert 'name="confirm"' in client.get(new).content.decode()
    assert client.post(new, given).status_code == 422
    assert client.post(new, {**given, "confirm": "guessed wrong"}).status_code == 422
    assert not User.objects.filter(username="lu").exists()
    assert client.post(new, {**given, "confirm": PASSWORD}).status_code == 302
    assert 'name="confirm"' not in client.get(new).content.decode()


def test_who_is_there_is_asked_for_saving_alone(world: ConsoleWorld) -> None:
    # Given a manager who changes a user's roles
    client = world.client("manager")
    user = world.user("cashier")
    edit = reverse("console:staff-edit", args=[user.pk])
    opened = client.get(edit).context
    given = {"name": "陈璐", "postings": ["guard:0"], "_version": opened["version"], "_draft": opened["draft_key"]}
    _unconfirm(client)

    # When the password goes along to the panel or to a draft, then it proves nothing, is counted nowhere and is kept nowhere
    for page in ("console:staff-edit-panel", "console:staff-edit-draft"):
        for password in ("guessed wrong", PASSWORD):
            client.post(reverse(page, args=[user.pk]), {**given, "confirm": password, "credential": "proof-itself"})
    assert 'name="confirm"' in client.get(edit).content.decode()
    assert not AuditEntry.objects.filter(action=AuditAction.SIGN_IN_REFUSED).exists()
    (draft,) = FormDraft.objects.all()
    assert json.loads(draft.contents)["data"] == {"name": ["陈璐"], "postings": ["guard:0"]}

    # When somebody else saved meanwhile, then the page to choose from says nothing of it
    User.objects.filter(pk=user.pk).update(name="陈露")
    told = client.post(edit, {**given, "confirm": PASSWORD, "credential": "proof-itself"})
    assert told.status_code == 409
    assert [one.name for one in told.context["differences"]] == ["name", "postings"]
    assert PASSWORD not in told.content.decode()
    assert "proof-itself" not in told.content.decode()

    # When a form with another fault is sent to be saved, then each wrong password counts, and the right one is remembered
    wrong = {**given, "name": "", "_version": client.get(edit).context["version"]}
    for _time in range(2):
        answer = client.post(edit, {**wrong, "confirm": "guessed wrong"})
        assert [field.name for field in answer.context["faults"]] == ["name", "confirm"]
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN_REFUSED).count() == 2
    answer = client.post(edit, {**wrong, "confirm": PASSWORD})
    assert [field.name for field in answer.context["faults"]] == ["name"]
    assert 'name="confirm"' not in answer.content.decode()


def test_a_link_is_not_used_up_by_being_looked_at(world: ConsoleWorld) -> None:
    # Given a link, and a messenger that fetches it for a preview
    user = user_create(
        username="lu", name="陈璐", password=None, postings=[(Role.CASHIER, None)], by=None, at=timezone.now()
    )
    token = invitation_make(user=user, by=None, at=timezone.now())
    url = reverse("console:join", args=[world.operator.code, token])
    for method in ("get", "head", "get"):
        answer = getattr(Client(), method)(url)
        assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex, nofollow")

    # When the user sets a password
    client = Client()
    own = "otters in the rain"
    assert client.post(url, {"new": own, "again": "another"}).status_code == 422
    assert client.post(url, {"new": "woaini1314", "again": "woaini1314"}).status_code == 422
    assert client.post(url, {"new": own, "again": own})["Location"] == "/"

    # Then the user is in, and the link is over, whoever comes with it
    assert client.get("/account").status_code == 200
    for method in ("get", "post"):
        assert getattr(Client(), method)(url, {"new": own, "again": own}).status_code == 404
    assert Client().get(reverse("console:join", args=["nobody", token])).status_code == 404


def test_a_link_does_not_get_around_the_second_factor(world: ConsoleWorld) -> None:
    user = world.user("cashier")
    app_of(user)
    token = invitation_make(user=user, by=None, at=timezone.now())
    client, own = Client(), "otters in the rain"
    url = reverse("console:join", args=[world.operator.code, token])
    assert client.post(url, {"new": own, "again": own})["Location"] == "/sign-in/verify"
    assert client.get("/account")["Location"].startswith("/sign-in")


def test_a_password_is_judged_for_who_may_ask(world: ConsoleWorld) -> None:
    user = world.user("cashier")
    assert "泄露" in world.client_of(user).post("/password/judge", {"new": "woaini1314"}).content.decode()
    assert Client().post("/password/judge", {"new": "woaini1314"}).status_code == 404
    token = invitation_make(user=user, by=None, at=timezone.now())
    asked = {"new": "nine pine cones in a row", "code": world.operator.code, "token": token}
    assert "grade-3" in Client().post("/password/judge", asked).content.decode()


def test_the_account_shows_ones_sessions_and_ends_them(world: ConsoleWorld) -> None:
    # Given a user on two browsers, and a colleague
    user = world.user("cashier")
    one, two = world.client_of(user), world.client_of(user)
    stranger = world.client("cashier")
    here, there, theirs = UserSession.objects.order_by("pk")

    # When / then nobody ends what is another's
    assert one.post(reverse("console:account-session-end", args=[theirs.pk])).status_code == 404
    assert stranger.get("/account").status_code == 200

    # And one's own other browser is ended, this one stays
    shown = one.get("/account").content.decode()
    assert f"/account/sessions/{there.pk}/end" in shown
    assert f"/account/sessions/{here.pk}/end" not in shown
    one.post("/account/sessions/end-others")
    assert (one.get("/account").status_code, two.get("/account").status_code) == (200, 302)
    one.post("/account/name", {"name": "罗敏"})
    assert User.objects.get(pk=user.pk).name == "罗敏"
    assert [change.user_id for change in world.told(user)][-1:] == [user.pk]


def test_rules_are_set_by_who_may_change_settings_everywhere(world: ConsoleWorld) -> None:
    url = reverse("console:sign-in-rules")
    given = {"roles_with_factor": ["manager", "auditor"], "grace_days": 3, "idle_minutes": 30, "session_hours": 8}
    for role, place, status in (("manager", world.here, 403), ("auditor", None, 403), ("manager", None, 302)):
        assert world.client(role, at=place).post(url, given).status_code == status
    rules = SignInRules.objects.get()
    assert (rules.roles_with_factor, rules.grace_days, rules.idle_minutes, rules.session_hours) == (
        ["auditor", "manager"],
        3,
        30,
        8,
    )
    client = world.client("manager")
    for wrong in ({"grace_days": 91}, {"idle_minutes": 481}, {"session_hours": 0}, {"idle_minutes": 1}):
        assert client.post(url, {**given, **wrong}).status_code == 422


def test_open_links_are_listed_and_withdrawn(world: ConsoleWorld) -> None:
    # Given a user with a link
    user = world.user("cashier", at=world.elsewhere)
    invitation_make(user=user, by=None, at=timezone.now())
    client, url = world.client("manager"), reverse("console:staff-invitations")
    theirs = reverse("console:staff-detail", args=[user.pk])
    assert theirs in client.get(url).content.decode()
    assert theirs not in world.client("manager", at=world.here).get(url).content.decode()

    # When it is withdrawn
    assert client.post(reverse("console:staff-link-revoke", args=[user.pk]), {"back": "invitations"})["Location"] == url

    # Then it is gone from the list
    assert theirs not in client.get(url).content.decode()
    assert world.client("auditor").get(url).status_code == 403


def test_all_open_links_are_listed_page_by_page(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_accounts, "INVITATIONS_A_PAGE", 2)
    asked = [world.user(role, at=world.here) for role in ("cashier", "guard", "cleaner")]
    for user in asked:
        invitation_make(user=user, by=None, at=timezone.now())
    client, url = world.client("manager"), reverse("console:staff-invitations")
    pages = [client.get(f"{url}?page={number}") for number in (1, 2)]
    assert 'href="?page=2"' in pages[0].content.decode()
    listed = [[row["user"] for row in page.context["rows"]] for page in pages]
    assert [len(users) for users in listed] == [2, 1]
    assert {user for users in listed for user in users} == set(asked)


def test_the_account_costs_a_fixed_number_of_statements(world: ConsoleWorld, django_assert_num_queries: Any) -> None:
    user = world.user("cashier")
    client = world.client_of(user)
    for browsers in (1, 5):
        for _browser in range(browsers):
            _password(Client(), user)
        client.get("/account")
        with django_assert_num_queries(ACCOUNT_QUERIES):
            client.get("/account")


ACCOUNT_QUERIES = 16
