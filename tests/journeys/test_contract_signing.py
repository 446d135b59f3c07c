"""From the operator's own Word file to the signature on the phone, in a browser."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import ID_NUMBER, make_lease, make_resident, make_unit
from tests.support.word_files import LEASE, word
from yuju.identity.models import Operator
from yuju.kit import files
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property
from yuju.residency.choices import TenureState
from yuju.residency.models import Contract, Tenure
from yuju.residency.services import agreement_set

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = "13800006021"


@dataclass(frozen=True)
class Setting:
    """A reserved lease, somebody at the desk, and no template yet."""

    operator: Operator
    username: str
    tenure: int


@pytest.fixture
def setting(committed_operator: Operator, settings: Any) -> Setting:
    settings.YUJU_DEMO = True  # the page shows the codes
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        facts = {"address": "上海市徐汇区青岚路 88 号", "title_number": "沪（2019）徐字不动产权第008816号"}
        Property.objects.filter(pk=world.here.pk).update(**facts)
        resident = make_resident(world.here, "林晓彤", phone=PHONE, id_type="id_card", id_number=ID_NUMBER)
        lease = make_lease(make_unit(world.here), resident, deposit=Decimal(4850), state=TenureState.RESERVED)
        agreement_set(tenure=lease, deposit_return_days=7, notice_days=30, by=None, at=AT)
        return Setting(committed_operator, world.user("manager").username, lease.pk)


def test_from_a_word_file_with_faults_to_a_signed_contract(desktop: Visitor, phone: Visitor, setting: Setting) -> None:
    # Given a Word file that names a variable there is not, and does not say when the deposit goes back
    page = desktop.page
    desktop.sign_in(setting.username, "long enough to do")
    desktop.open("/contract-templates/take-in/")
    page.fill("[name=name]", "住房租赁合同")

    def hand_in(*lines: str) -> None:
        file: Any = {"name": "合同.docx", "mimeType": "application/octet-stream", "buffer": word(*lines)}
        page.set_input_files("[name=file]", file)
        desktop.press("[data-key=submit]")

    desktop.expected.add(422)
    hand_in(LEASE[0].replace("承租方：{{承租方}}", "承租方：{{承租人}}"), *LEASE[1:3], "押金 {{押金}} 元，可扣除欠款。")
    faults = page.locator("[data-fault]")
    assert "承租方" in faults.first.inner_text()
    told = [faults.nth(number).get_attribute("data-fault") for number in range(faults.count())]
    assert told == ["variable", "unsaid_tenant", "unsaid_deposit_return_days"]
    desktop.shot("contract-faults")

    # When it is mended, the lease's contract is drafted of it and sent
    hand_in(*LEASE)
    assert page.locator("h1").inner_text().startswith("住房租赁合同")
    desktop.open(f"/leases/{setting.tenure}/contract/")
    desktop.press("[data-key=submit]")
    page.locator("#contract form[action$=send] button:not([name])").click()
    with page.expect_navigation():
        page.locator("dialog [data-yes], dialog .btn-primary").last.click()
    desktop.settle()
    desktop.shot("contract-sent")

    # Then the resident finds it on the phone, reads it and signs with the code that comes
    mine = phone.page
    mine.goto(phone.home + "/my/", wait_until="load")
    mine.fill("[name=phone]", PHONE)
    mine.click("form:has([name=phone]) button[type=submit]")
    mine.fill("[name=code]", mine.inner_text("[data-shown-code]"))
    mine.click("form:has([name=code]) button[type=submit]")
    mine.wait_for_url("**/my/")
    mine.click("a[href^='/my/contracts/']")
    mine.wait_for_selector("button[name=send]")
    assert "沪（2019）徐字不动产权第008816号" in mine.inner_text(".w-text")
    phone.press("button[name=send]")
    code = mine.inner_text("[data-shown-code]")

    # Without a signature nothing is signed
    phone.expected.add(422)
    mine.fill("[name=code]", code)
    phone.press("form:has([name=code]) .btn-primary")
    assert mine.locator(".err").is_visible()
    phone.draw()
    phone.shot("contract-sign-phone")
    phone.press("form:has([name=code]) .btn-primary")
    assert mine.locator(".tag.ok").is_visible()
    phone.shot("contract-signed-phone")

    # And the document is the one that was read, with a page of signatures more
    with operator_context(setting.operator.pk), transaction.atomic():
        contract = Contract.objects.get()
        resident = contract.signatures.get(party="resident")
        assert (resident.phone, resident.sha256) == ("138****6021", contract.sha256)
        assert resident.agent
        assert len(resident.strokes[0]) > 10
        pages = []
        for path, sha256 in ((contract.path, contract.sha256), (contract.signed_path, contract.signed_sha256)):
            with files.open_kept(path) as kept:
                content = kept.read()
            assert hashlib.sha256(content).hexdigest() == sha256
            found = re.search(rb"/Type/Pages/Count (\d+)", content)
            assert found is not None
            pages.append(int(found[1]))
        assert pages == [1, 2]
        assert Tenure.objects.get(pk=setting.tenure).state == TenureState.SIGNED
