"""The pages of contracts and their templates at the desk."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import make_lease, make_resident, make_unit
from tests.support.word_files import LEASE, word
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.testing.console import ConsoleTests
from yuju.premises.models import Property, Unit
from yuju.residency.choices import ContractState, TemplateKind
from yuju.residency.models import Agreement, Contract, ContractTemplate, Tenure
from yuju.residency.services.contract_templates import contract_template_add

pytestmark = pytest.mark.django_db
TAKE_IN = "console:contract-take-in"


def template(property: Property | None, name: str = "租赁合同") -> ContractTemplate:
    file = ContentFile(word(*LEASE), "a.docx")
    return contract_template_add(name=name, kind=TemplateKind.NEW, property=property, file=file, by=None, at=AT)


def lease(world: ConsoleWorld) -> Tenure:
    """A lease about which everything is on file but the title number and when the deposit goes back."""
    Property.objects.filter(pk=world.here.pk).update(address="上海市徐汇区青岚路 88 号")
    resident = make_resident(world.here, "林晓彤", phone="13800006021")
    return make_lease(make_unit(world.here), resident, deposit=Decimal(4850), end=date(2027, 2, 28))


class TestContractTemplates(ConsoleTests):
    slug = "contract-templates"
    viewer = "auditor"
    stranger = "guard"
    list_queries = 8

    def make(self, world: ConsoleWorld, property: Property, number: int) -> ContractTemplate:
        return template(property, f"租赁合同 {number}")

    def test_one_for_every_property_is_seen_at_each_and_changed_by_whoever_may_at_all(
        self, world: ConsoleWorld
    ) -> None:
        row = template(None)
        somewhere = world.client("manager", at=world.here)
        assert self.listed(somewhere) == [row.pk]
        retire = reverse("console:contract-template-retire", args=[row.pk])
        assert somewhere.post(retire).status_code == 404
        assert world.client("manager").post(retire).status_code == 302
        row.refresh_from_db()
        assert not row.is_used()

    def test_what_it_looks_like_and_the_sample_are_files(self, world: ConsoleWorld) -> None:
        row = template(world.here)
        client = world.client("auditor")
        for name, start in (("contract-preview", b"%PDF-"), ("contract-template-file", b"PK\x03\x04")):
            assert b"".join(client.get(reverse(f"console:{name}", args=[row.pk]))).startswith(start)
        assert b"".join(client.get(reverse("console:contract-sample"))).startswith(b"PK\x03\x04")
        variables = client.get(reverse("console:contract-variables")).content.decode()
        assert "{{不动产权证号}}" in variables


def test_a_file_with_faults_is_shown_with_all_of_them_and_mended_it_is_taken_in(world: ConsoleWorld) -> None:
    client = world.client("manager")

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("合同.docx", content)
        return client.post(reverse(TAKE_IN), {"name": "租赁合同", "kind": "new", "property": "", "file": file})

    refused = send(word("承租方：{{承租人}}"))
    assert refused.status_code == 422
    assert [fault.code for fault in refused.context["faults"]][:2] == ["variable", "unsaid_tenant"]
    assert 'data-fault="unsaid_title_number"' in refused.content.decode()
    assert send(word(*LEASE)).status_code == 302
    assert ContractTemplate.objects.get().property is None


def test_a_manager_of_one_property_takes_in_for_that_one(world: ConsoleWorld) -> None:
    client = world.client("manager", at=world.here)
    file = SimpleUploadedFile("合同.docx", word(*LEASE))
    sent = client.post(reverse(TAKE_IN), {"name": "租赁合同", "kind": "new", "property": "", "file": file})
    assert sent.context["form"].errors["property"]


def test_what_is_missing_is_named_with_where_it_is_entered_then_it_is_drafted(world: ConsoleWorld) -> None:
    # Given a lease of which two things are not on file
    tenure, text = lease(world), template(None)
    client = world.client("manager")
    page = reverse("console:contract-draft", args=[tenure.pk])
    shown = client.get(page)
    agreement = reverse("console:lease-agreement", args=[tenure.pk])
    assert [(one.code, url) for one, url in shown.context["missing"]] == [
        ("title_number", reverse("console:units-edit", args=[tenure.unit_id])),
        ("deposit_return_days", agreement),
    ]
    assert client.post(page, {"template": text.pk}).status_code == 422

    # And numbers of people stay covered on the page
    assert "13800006021" not in shown.content.decode()
    assert "138****6021" in shown.content.decode()

    # When they are entered, it is drafted
    Unit.objects.filter(pk=tenure.unit_id).update(title_number="沪（2019）徐字不动产权第008816号")
    given = {
        "pay_months": "3",
        "deposit_months": "1",
        "deposit_return_days": "7",
        "notice_days": "30",
        "penalty_kind": "months",
        "penalty": "1",
        "overstay_rate": "200",
    }
    assert client.post(agreement, {**given, "pay_months": "0"}).status_code == 422
    assert client.post(agreement, given).status_code == 302
    assert Agreement.objects.get().agreed_end == tenure.end
    assert client.post(page, {"template": text.pk}).status_code == 302
    contract = Contract.objects.get()
    card = client.get(reverse("console:leases-detail", args=[tenure.pk])).content.decode()
    assert reverse("console:contract-paper", args=[tenure.pk, contract.pk]) in card
    # Without a way to send codes nothing can be signed on screen
    assert reverse("console:contract-send", args=[tenure.pk, contract.pk]) not in card

    # The document names people: who opened it is written down
    opened = client.get(reverse("console:contract-pdf", args=[tenure.pk, contract.pk]))
    assert b"".join(opened).startswith(b"%PDF-")
    assert AuditEntry.objects.get(action=AuditAction.REVEALED).object_id == contract.pk

    # And signed on paper it is done, until it is declared void with a reason
    paper = reverse("console:contract-paper", args=[tenure.pk, contract.pk])
    assert client.post(paper, {"scan": SimpleUploadedFile("a.pdf", b"%PDF-1.7 scan")}).status_code == 302
    void = reverse("console:contract-void", args=[tenure.pk, contract.pk])
    assert client.post(void, {"reason": ""}).status_code == 422
    assert client.post(void, {"reason": "双方另签"}).status_code == 302
    contract.refresh_from_db()
    assert contract.state == ContractState.VOID
    told = client.get(reverse("console:leases-history", args=[tenure.pk])).content.decode()
    assert "已作废" in told
