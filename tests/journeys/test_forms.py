"""Forms in a browser: the panel beside them, drafts, two savers at once, and a line that fails."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import make_unit
from yuju.identity.models import FormDraft, Operator
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Unit
from yuju.premises.services import unit_change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place(committed_operator: Operator) -> tuple[Operator, Unit, str]:
    """A unit, and somebody who may change it."""
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        unit = make_unit(world.here, "1602", area="60")
        return committed_operator, unit, world.user("manager", at=world.here).username


def change(operator: Operator, unit: Unit, **values: object) -> None:
    """Somebody else saves."""
    with operator_context(operator.pk), transaction.atomic():
        held = Unit.objects.get(pk=unit.pk)
        names = ("number", "entrance", "layout", "floor", "area")
        given = {name: getattr(held, name) for name in names} | values
        unit_change(unit=held, **given, valid_from=None, by=None, at=AT)  # type: ignore[arg-type]


def test_what_is_typed_is_never_lost(visitor: Visitor, place: tuple[Operator, Unit, str]) -> None:
    operator, unit, username = place
    page, edit = visitor.page, f"/units/{unit.pk}/edit/"
    visitor.sign_in(username, "long enough to do")
    visitor.open(edit)

    # The panel follows what is typed
    before = page.locator("#consequences").inner_text()
    page.fill("[name=area]", "88.5")
    page.wait_for_function("was => document.querySelector('#consequences').innerText !== was", arg=before)

    # Ctrl+S keeps a draft; leaving and coming back offers it
    page.press("[name=area]", "Control+s")
    page.locator("[data-draft-said]:not(:empty)").wait_for()
    visitor.open(edit)
    assert page.input_value("[name=area]") == "60.00"
    page.locator("[data-draft-offer] a").click()
    page.wait_for_function("document.querySelector('[name=area]')?.value === '88.5'")

    # Without a line nothing is lost, and it can be tried again
    page.context.set_offline(True)
    page.fill("[name=layout]", "两室")
    page.click("button[data-key=submit]")
    page.locator("[data-form-failed]").wait_for()
    assert page.input_value("[name=layout]") == "两室"
    page.context.set_offline(False)

    # What cannot be is refused, the first field at fault has the focus
    visitor.expected |= {409, 422}
    page.fill("[name=floor]", "two")
    page.click("[data-form-failed] button")
    page.locator("[name=floor][aria-invalid=true]:focus").wait_for()
    assert page.input_value("[name=layout]") == "两室"
    visitor.forgive("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
    page.fill("[name=floor]", "16")

    # Somebody saves meanwhile: both stand side by side, and nothing was written
    change(operator, unit, area=Decimal(70), entrance="2")
    page.press("[name=floor]", "Enter")
    page.locator(".merge-row").first.wait_for()
    visitor.settle()
    rows = {row.locator("legend").inner_text(): row for row in page.locator(".merge-row").all()}
    assert len(rows) == 4
    area = next(row for name, row in rows.items() if "面积" in name)
    assert area.locator("[value=mine]").is_checked()
    area.locator("[value=theirs]").check()
    with page.expect_navigation():
        page.click("button[data-key=submit]")
    visitor.settle()

    # Then the one save holds of each what was chosen, and the draft is gone
    with operator_context(operator.pk), transaction.atomic():
        saved = Unit.objects.get(pk=unit.pk)
        assert (str(saved.area), saved.entrance, saved.layout, saved.floor) == ("70.00", "2", "两室", 16)
        assert not FormDraft.objects.exists()
