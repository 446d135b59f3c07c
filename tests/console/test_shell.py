"""The shell without a browser: who gets in, what is drawn, what errors say, what every answer carries."""

from __future__ import annotations

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, reverse

from tests.support.console_world import AT, ConsoleWorld
from tests.support.operators import make_operator
from tests.support.receipts import paid
from tests.support.stays import bind, make_lease, make_tariff, make_unit, run_bills
from yuju.billing.models import Bill, BillingAccount
from yuju.config.urls import handler400, handler403, handler404, handler500
from yuju.console import looking, navigation
from yuju.console.settings_pages import SLUGS
from yuju.console.views import search
from yuju.identity.models import Operator, SignInAttempt
from yuju.kit.console import console_site
from yuju.messaging.services.notices import notice_send
from yuju.premises.services import space_create

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def broken(request: HttpRequest) -> HttpResponse:
    """A page with a mistake in it."""
    raise RuntimeError("a mistake")


urlpatterns = [path("broken", broken), path("", include("yuju.console.urls"))]


def sign_in(client: Client, username: str, password: str, url: str = "/sign-in", **more: str) -> HttpResponse:
    return client.post(url, {"username": username, "password": password, **more})


def test_every_answer_forbids_foreign_and_inline_code(world: ConsoleWorld, client: Client) -> None:
    for answer in (client.get("/sign-in"), client.get("/nowhere"), world.client("manager").get("/units/")):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_no_page_of_the_shell_has_inline_code(world: ConsoleWorld) -> None:
    page = world.client("manager").get("/units/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\s(style|on[a-z]+)=", page)


def test_the_right_password_opens_the_page_asked_for(world: ConsoleWorld, client: Client) -> None:
    # Given
    user = world.user("manager")

    # When
    answer = sign_in(client, user.username, "long enough to do", next="/units/")

    # Then
    assert answer["Location"] == "/units/"
    assert client.get("/units/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_away(world: ConsoleWorld, client: Client, target: str) -> None:
    user = world.user("manager")
    assert sign_in(client, user.username, "long enough to do", next=target)["Location"] == "/"


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(world: ConsoleWorld, client: Client) -> None:
    # Given
    user = world.user("manager")

    # When
    answers = [sign_in(client, user.username, "wrong wrong wrong"), sign_in(client, "nobody", "wrong wrong wrong")]

    # Then
    bodies = [re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.content.decode()) for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert bodies[0] == bodies[1]


def test_a_refused_try_is_counted(world: ConsoleWorld, client: Client) -> None:
    user = world.user("manager")
    sign_in(client, user.username, "wrong wrong wrong")
    assert SignInAttempt.objects.count() == 2


def test_too_many_tries_are_slowed_down(world: ConsoleWorld, client: Client) -> None:
    user = world.user("manager")
    codes = [sign_in(client, user.username, f"wrong number {i}").status_code for i in range(9)]
    assert codes == [422] * 8 + [429]
    assert sign_in(client, user.username, "long enough to do").status_code == 429


def test_with_several_operators_the_address_decides(world: ConsoleWorld, client: Client) -> None:
    # Given the same user name at two operators
    user = world.user("manager")
    other = make_operator("the-other")

    # When / then
    asked = client.get("/sign-in")
    assert b'name="operator"' in asked.content
    assert client.post("/sign-in", {"operator": other.code})["Location"] == "/o/the-other/sign-in"
    assert sign_in(client, user.username, "long enough to do", "/o/the-other/sign-in").status_code == 422
    right = sign_in(client, user.username, "long enough to do", f"/o/{world.operator.code}/sign-in")
    assert right.status_code == 302


def test_an_unknown_operator_is_not_found(operator: Operator, client: Client) -> None:
    assert client.get("/o/nobody-here/sign-in").status_code == 404


def test_signing_out_ends_the_session(world: ConsoleWorld) -> None:
    client = world.client("manager")
    client.post("/sign-out")
    assert client.get("/units/")["Location"].startswith("/sign-in")


def test_what_somebody_signed_in_sees_is_kept_nowhere(world: ConsoleWorld, client: Client) -> None:
    inside = world.client("manager")
    for url in ("/", "/residents/", "/residents/export", "/nowhere", "/staff/roles/"):
        answer = inside.get(url)
        assert answer["Cache-Control"] == "private, no-store", url
    assert "Cache-Control" not in client.get("/residents/")


def test_the_sidebar_has_what_the_roles_allow_and_no_dead_entry(world: ConsoleWorld) -> None:
    for role in ("manager", "cleaner"):
        client = world.client(role)
        home = client.get("/", follow=True).content.decode()
        side = home[home.index('class="yj-nav"') : home.index("</nav>", home.index('class="yj-nav"'))]
        links = re.findall(r'<a href="([^"]+)"', side)
        assert links
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_what_is_set_up_once_stands_behind_one_entry_for_who_may_see_it(world: ConsoleWorld) -> None:
    # Every page named there exists
    assert {entry.slug for entry in console_site._entries} >= SLUGS
    # Each sees what the roles allow, and no heading without a page
    seen = {
        role: {page.entry.slug for _label, pages in context["sections"] for page in pages if pages}
        for role in ("manager", "cleaner")
        if (context := world.client(role).get("/settings/").context)
    }
    assert seen == {"manager": set(SLUGS), "cleaner": {"properties", "buildings", "spaces"}}
    # The sidebar has none of them, and says where one is on their pages
    page = world.client("manager").get("/tariffs/").content.decode()
    assert 'href="/tariffs/"' not in page[page.index('class="yj-nav"') : page.index('class="yj-nav yj-foot"')]
    assert 'href="/settings/" class="on" aria-current="page"' in page
    assert world.client("manager").get("/turnovers/").content.decode().count('<a href="/check-outs/" class="on"') == 1


def test_an_entry_shows_how_much_waits_behind_it(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setattr(navigation, "_counters", {"units": (lambda request: 1036, "bad")})

    # When
    page = world.client("manager").get("/units/").content.decode()

    # Then
    assert '<span class="n num bad">1,036</span>' in page


def test_the_switcher_offers_only_properties_of_the_user(world: ConsoleWorld) -> None:
    # Given somebody posted to one property
    client = world.client("front_desk", at=world.here)

    # When
    page = client.get("/units/").content.decode()

    # Then there is nothing to choose, and choosing another is refused
    assert world.here.name in page
    assert world.elsewhere.name not in page
    assert client.post(reverse("console:property"), {"property": world.elsewhere.pk}).status_code == 404


@pytest.mark.parametrize("value", ["99999999999999999999", "-1", "1 or 1", "²"])
def test_a_senseless_property_is_not_found(world: ConsoleWorld, value: str) -> None:
    assert world.client("manager").post(reverse("console:property"), {"property": value}).status_code == 404


def test_the_language_is_kept_with_the_user(world: ConsoleWorld) -> None:
    # Given
    user = world.user("manager")
    client = world.client_of(user)

    # When
    client.post(reverse("console:language"), {"language": "en"})

    # Then
    assert 'lang="en"' in client.get("/units/").content.decode()
    user.refresh_from_db()
    assert user.language == "en"


def test_notices_are_ones_own(world: ConsoleWorld) -> None:
    # Given
    mine, theirs = world.user("manager"), world.user("manager")
    notice_send(to=[mine], title="给我的", at=AT)
    notice_send(to=[theirs], title="给别人的", at=AT)

    # When
    client = world.client_of(mine)
    assert client.get(reverse("console:unread")).content == b"1"
    shown = client.post(reverse("console:notices"), headers={"HX-Request": "true"}).content.decode()

    # Then under the bell and on their page, and none is unread any more
    for page in (shown, client.get(reverse("console:notices")).content.decode()):
        assert "给我的" in page
        assert "给别人的" not in page
    assert client.get(reverse("console:unread")).content == b"0"


def test_the_search_stays_within_the_users_properties(world: ConsoleWorld) -> None:
    # Given one unit of the same number at each property
    from yuju.premises import services

    for place in (world.here, world.elsewhere):
        building = services.building_create(property=place, code="3栋", by=None, at=AT)
        services.unit_create(building=building, number="1602", layout=place.name, by=None, at=AT)
    client = world.client("front_desk", at=world.here)

    # When
    shown = client.get(reverse("console:search"), {"q": "1602"}, headers={"HX-Request": "true"}).content.decode()

    # Then
    assert world.here.name in shown
    assert world.elsewhere.name not in shown


def test_a_search_that_shows_a_part_only_says_so(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two units, found by their keys, and two properties, found by their names
    for number in range(2):
        make_unit(world.here, f"160{number}")
    client, url = world.client("manager"), reverse("console:search")

    for query, room in (("160", (search, "ON_PAGE")), ("公寓", (looking, "OF_ONE_LIST"))):
        # When there is room for both, then nothing is said
        both = client.get(url, {"q": query})
        assert len(both.context["found"]) == 2
        assert "还有更多" not in both.content.decode()
        # And where there is not, the page says so
        with monkeypatch.context() as patch:
            patch.setattr(*room, 1)
            part = client.get(url, {"q": query})
        assert len(part.context["found"]) == 1
        assert "还有更多" in part.content.decode()

    # And the list under the box leads to the page
    with monkeypatch.context() as patch:
        patch.setattr(search, "AT_ONCE", 1)
        assert 'href="/search?q=160"' in client.get(url, {"q": "160"}, headers={"HX-Request": "true"}).content.decode()


def test_properties_spaces_and_bills_are_found_by_name_and_number(world: ConsoleWorld) -> None:
    # Given a parking space and a bill here
    space = space_create(property=world.here, code="B1-07", location="地下一层", by=None, at=AT)
    bind(make_lease(make_unit(world.here)), make_tariff(world.here))
    bill = Bill.objects.filter(run=run_bills(world.here)).order_by("pk")[0]

    def shown(client: Client, query: str) -> str:
        return client.get(reverse("console:search"), {"q": query}, headers={"HX-Request": "true"}).content.decode()

    # When / then somebody who may see them finds them
    client = world.client("cashier", at=world.here)
    assert f'href="/properties/{world.here.pk}/"' in shown(client, world.here.name[:2])
    assert f'href="/spaces/{space.pk}/"' in shown(client, "b1-07")
    for number in (bill.number, bill.number.removeprefix("ZD-")):
        assert f'href="/bills/{bill.pk}/"' in shown(client, number)

    # And who may not, or works elsewhere, does not
    assert "/bills/" not in shown(world.client("cleaner", at=world.here), bill.number)
    elsewhere = world.client("cashier", at=world.elsewhere)
    for query in (world.here.name, "B1-07", bill.number):
        assert "href=" not in shown(elsewhere, query)


@pytest.mark.urls("tests.console.test_shell")
def test_a_mistake_of_ours_gives_a_reference_and_no_detail(world: ConsoleWorld) -> None:
    # Given
    client = world.client("manager")
    client.raise_request_exception = False

    # When
    page = client.get("/broken")
    fragment = client.get("/broken", headers={"HX-Request": "true"})

    # Then
    assert page.status_code == fragment.status_code == 500
    assert re.search(r"E-[0-9A-F]{6}", page.content.decode())
    assert "a mistake" not in page.content.decode()
    assert fragment["Content-Type"].startswith("text/plain")
    assert "Content-Security-Policy" in page


@pytest.mark.parametrize(("url", "status"), [("/nowhere", 404), ("/units/999999/", 404)])
def test_what_is_not_there_has_our_page(world: ConsoleWorld, url: str, status: int) -> None:
    answer = world.client("manager").get(url)
    assert answer.status_code == status
    assert "yj-empty" in answer.content.decode()


def test_a_form_without_its_token_is_refused_kindly(world: ConsoleWorld) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = sign_in(client, "anybody", "anything at all")
    assert answer.status_code == 403
    assert "yj-empty" in answer.content.decode()


@override_settings(ALLOWED_HOSTS=["elsewhere.example"])
def test_a_strange_host_is_one_line_of_the_log(
    operator: Operator, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/sign-in", headers={"host": "evil.example"})
    (line,) = (one for one in caplog.records if one.name == "django.security.DisallowedHost")
    assert "evil.example" in line.getMessage()
    assert line.exc_info is None


@override_settings(ALLOWED_HOSTS=["elsewhere.example"])
def test_a_strange_host_gets_our_400(operator: Operator, client: Client) -> None:
    assert client.get("/sign-in").status_code == 400


def test_the_page_of_components_is_for_developing_only(world: ConsoleWorld) -> None:
    assert world.client("manager").get("/dev/components").status_code == 404


def test_before_anything_is_typed_the_search_offers_what_was_opened_last(world: ConsoleWorld) -> None:
    # Given two units, opened one after the other, and the first again
    first, second = make_unit(world.here, "1601"), make_unit(world.here, "1602")
    user = world.user("front_desk", at=world.here)
    client = world.client_of(user)
    pages = [reverse("console:units-detail", args=[unit.pk]) for unit in (first, second)]
    for page in (*pages, pages[0]):
        client.get(page)

    def shown(client: Client) -> list[str]:
        page = client.get(reverse("console:search"), headers={"HX-Request": "true"}).content.decode()
        return re.findall(r'href="(/units/\d+/)"', page)

    # When, then the latest stands first, each once; others have their own
    assert shown(client) == pages
    assert shown(world.client("manager", at=world.here)) == []

    # And what somebody may not see any more is not offered
    user.postings.update(property_id=world.elsewhere.pk)
    assert shown(client) == []


def test_pages_and_actions_are_found_by_name_pinyin_and_initials_where_they_are_allowed(world: ConsoleWorld) -> None:
    def shown(role: str, query: str) -> str:
        client = world.client(role, at=world.here)
        return client.get(reverse("console:search"), {"q": query}, headers={"HX-Request": "true"}).content.decode()

    for query in ("收银", "shouyin", "syt"):
        assert 'href="/cashier/"' in shown("cashier", query), query
        assert 'href="/cashier/"' not in shown("cleaner", query), query
    assert 'href="/residents/new/"' in shown("front_desk", "住户")
    assert 'href="/residents/new/"' not in shown("cashier", "住户")


def test_receipts_staff_and_tariffs_are_found_too(world: ConsoleWorld) -> None:
    # Given
    tariff = make_tariff(world.here)
    lease = make_lease(make_unit(world.here))
    bind(lease, tariff)
    run_bills(world.here)
    receipt = paid(BillingAccount.objects.get(tenure=lease), "10.00").receipt
    user = world.user("engineer")

    def shown(role: str, query: str) -> str:
        client = world.client(role, at=world.here)
        return client.get(reverse("console:search"), {"q": query}, headers={"HX-Request": "true"}).content.decode()

    # When, then
    for number in (receipt.number, receipt.number.removeprefix("SJ-")):
        assert f'href="/receipts/{receipt.pk}/"' in shown("cashier", number)
    assert f'href="/staff/{user.pk}/"' in shown("manager", user.username)
    assert "/staff/" not in shown("front_desk", user.username)
    assert f'href="/tariffs/{tariff.pk}/"' in shown("manager", tariff.name)
