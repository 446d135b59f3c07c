"""A lease's contract from the draft to the signature, and what nobody can change afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction

from tests.support.stays import AT, ID_NUMBER, bind, make_lease, make_property, make_resident, make_tariff, make_unit
from tests.support.word_files import LEASE, word
from yuju.billing.choices import FeeCategory
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import user_create
from yuju.journeys.contract_facts import contract_facts
from yuju.journeys.contracts import (
    Unknown,
    contract_draft,
    contract_send,
    contract_sign_on_paper,
    contract_sign_on_screen,
    contract_void,
)
from yuju.journeys.lease_changes import rent_change
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.signature_page import SignaturePage
from yuju.kit.word import word_pdf
from yuju.messaging.models import ResidentNotice
from yuju.premises.services import property_change
from yuju.residency.choices import CodePurpose, ContractState, PenaltyKind, TemplateKind, TenureState
from yuju.residency.contracts.sample import sample_lease
from yuju.residency.models import Contract, ContractSignature, ContractTemplate, PortalCode, Tenure
from yuju.residency.services import agreement_set
from yuju.residency.services.contract_templates import contract_template_add
from yuju.residency.services.portal_codes import portal_code_request

pytestmark = pytest.mark.django_db
PHONE, STROKES, HERE = "13800006021", [[[10 * step, 20 * (step % 5)] for step in range(40)]], "10.0.0.1"


@dataclass
class World:
    """A reserved lease about which everything is on file, a template, and somebody at the desk."""

    tenure: Tenure
    template: ContractTemplate
    desk: User

    def draft(self, **given: Any) -> Contract:
        values: dict[str, Any] = {"tenure": self.tenure, "template": self.template, "by": self.desk, "at": AT, **given}
        return contract_draft(**values)

    def sent(self) -> Contract:
        return contract_send(contract=self.draft(), by=self.desk, at=AT)

    def code(self, contract: Contract, **given: Any) -> str:
        values: dict[str, Any] = {"phone": PHONE, "purpose": CodePurpose.CONTRACT, "about": contract.sha256, **given}
        return portal_code_request(**values, address=HERE, channels=(), show=True, at=AT)

    def sign(self, contract: Contract, code: str, **given: Any) -> Contract:
        values: dict[str, Any] = {
            "sha256": contract.sha256,
            "strokes": STROKES,
            "at": AT + timedelta(minutes=1),
            **given,
        }
        return contract_sign_on_screen(contract=contract, code=code, address=HERE, **values)


@pytest.fixture
def world(operator: Any) -> World:
    place = make_property()
    property_change(
        property=place,
        code=place.code,
        name=place.name,
        address="上海市徐汇区青岚路 88 号",
        phone="02155500101",
        time_zone=place.time_zone,
        title_number="沪（2019）徐字不动产权第008816号",
        by=None,
        at=AT,
    )
    resident = make_resident(place, "林晓彤", phone=PHONE, id_type="id_card", id_number=ID_NUMBER)
    lease = make_lease(make_unit(place), resident, deposit=Decimal(4850), state=TenureState.RESERVED)
    agreement_set(
        tenure=lease,
        deposit_months=Decimal(1),
        pay_months=3,
        penalty_kind=PenaltyKind.MONTHS,
        penalty=Decimal("1.50"),
        overstay_rate=Decimal(200),
        deposit_return_days=7,
        notice_days=30,
        by=None,
        at=AT,
    )
    bind(lease, make_tariff(place))
    bind(lease, make_tariff(place, FeeCategory.PROPERTY, "180"))
    template = contract_template_add(
        name="租赁合同",
        kind=TemplateKind.NEW,
        property=None,
        file=ContentFile(sample_lease(), "a.docx"),
        by=None,
        at=AT,
    )
    posts = [(Role.FRONT_DESK, None)]
    desk = user_create(username="desk", name="顾晓棠", password="long enough to do", postings=posts, by=None, at=AT)
    return World(lease, template, desk)


def kept(path: str) -> bytes:
    with files.open_kept(path) as file:
        return file.read()


def _either(watched: Any) -> Any:
    """Watches what is printed with signatures, and prints the rest as ever."""
    return lambda *given, signed=None, **more: (
        word_pdf(*given, **more) if signed is None else watched(*given, signed=signed, **more)
    )


def pages(document: bytes) -> int:
    """How many pages a PDF has."""
    found = re.search(rb"/Type/Pages/Count (\d+)", document)
    assert found is not None
    return int(found[1])


def test_the_facts_are_those_on_file_in_chinese(world: World) -> None:
    facts = contract_facts(world.tenure, "HT-1")
    told = {
        "landlord": world.tenure.property.landlord or facts["landlord"],
        "tenant_id_type": "身份证",
        "address": "上海市徐汇区青岚路 88 号 3栋1602",
        "title_number": "沪（2019）徐字不动产权第008816号",
        "area": "62.50",
        "start": "2026年3月1日",
        "end": "2027年2月28日",
        "term": "12个月",
        "rent": "4,850.00",
        "rent_words": "肆仟捌佰伍拾元整",
        "rent_steps": "租赁期限内不调整",
        "fees": "物业费",
        "penalty": "1.5个月租金",
        "deposit_return_days": "7",
    }
    assert {name: facts[name] for name in told} == told


def test_drafting_again_gives_the_same_and_other_facts_a_new_one(world: World) -> None:
    # Given a draft
    first = world.draft()
    assert (first.number, first.state) == (world.tenure.number, ContractState.DRAFTED)
    assert hashlib.sha256(kept(first.path)).hexdigest() == first.sha256
    assert world.draft() == first

    # When the rent changes, then it is replaced, and both stay
    rent_change(
        tenure=world.tenure,
        rent=Decimal(5000),
        valid_from=world.tenure.start + timedelta(days=184),
        reason="约定调租",
        by=None,
        at=AT,
    )
    with pytest.raises(Refused) as refused:
        contract_send(contract=first, by=world.desk, at=AT)
    assert refused.value.code == "changed"
    second = world.draft()
    first.refresh_from_db()
    assert (first.state, second.number) == (ContractState.VOID, f"{world.tenure.number}-2")
    assert second.number in first.void_reason
    assert "5,000.00" in second.facts["rent_steps"]


def test_what_is_not_on_file_is_named_and_nothing_is_drafted(world: World) -> None:
    place = world.tenure.property
    place.title_number = ""
    place.save()
    with pytest.raises(Unknown) as refused:
        world.draft()
    assert [one.code for one in refused.value.missing] == ["title_number"]
    assert not Contract.objects.exists()


def test_signed_on_the_phone_it_says_who_when_and_of_what_and_the_stay_is_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a contract that was sent
    contract = world.sent()
    assert contract_send(contract=contract, by=world.desk, at=AT).sent_at == AT
    assert ResidentNotice.objects.get(kind="contract_sent").about_id == contract.pk

    printed: list[SignaturePage] = []

    def watched(*given: Any, signed: SignaturePage, **more: Any) -> bytes:
        printed.append(signed)
        return word_pdf(*given, signed=signed, **more)

    # When the resident signs with the code that came for it
    code = world.code(contract)
    monkeypatch.setattr("yuju.residency.contracts.document.word_pdf", _either(watched))
    signed = world.sign(contract, code)

    # Then the document has a page more, and everything is on record
    operator, resident = ContractSignature.objects.order_by("pk")
    assert (operator.by, resident.by, resident.phone) == (world.desk, None, "138****6021")
    assert resident.proof == str(PortalCode.objects.get(purpose=CodePurpose.CONTRACT).pk)
    assert {operator.sha256, resident.sha256} == {contract.sha256}
    assert (signed.state, signed.driver) == (ContractState.SIGNED, "screen")
    document = kept(signed.signed_path)
    assert hashlib.sha256(document).hexdigest() == signed.signed_sha256 != signed.sha256
    assert pages(document) == pages(kept(signed.path)) + 1
    assert Tenure.objects.get(pk=world.tenure.pk).state == TenureState.SIGNED

    told = [*printed[-1].facts, *printed[-1].parties[1].facts]
    assert contract.sha256 in "".join(value for _label, value in told).replace(" ", "")
    assert {"138****6021", "2026-11-25 11:01:00 UTC+0800"} <= {value for _label, value in told}
    assert printed[-1].parties[1].strokes == STROKES

    # And drafting again gives it, since it says what the lease says
    assert world.draft() == signed


def test_codes_for_anything_else_sign_nothing(world: World) -> None:
    contract = world.sent()
    other = world.code(contract, about="0" * 64)
    for code in (other, world.code(contract, purpose=CodePurpose.SIGN_IN), "000000"):
        with pytest.raises(Refused) as refused:
            world.sign(contract, code)
        assert (refused.value.code, refused.value.field) == ("wrong", "code")

    # Nor does a good one for another document than the one shown
    with pytest.raises(Refused) as refused:
        world.sign(contract, world.code(contract), sha256="0" * 64)
    assert refused.value.code == "changed"
    contract.refresh_from_db()
    assert contract.state == ContractState.DRAFTED


def test_signed_on_paper_the_scan_is_the_document(world: World) -> None:
    contract = world.draft()
    with pytest.raises(Refused):
        contract_sign_on_paper(contract=contract, scan=ContentFile(b"MZ", "a.pdf"), by=world.desk, at=AT)
    assert not ContractSignature.objects.exists()
    scan = ContentFile(b"%PDF-1.7 signed by hand", "a.pdf")
    signed = contract_sign_on_paper(contract=contract, scan=scan, by=world.desk, at=AT)
    assert kept(signed.signed_path) == b"%PDF-1.7 signed by hand"
    assert set(signed.signatures.values_list("means", "by__name")) == {("paper", "顾晓棠")}


def test_nobody_changes_what_is_signed_and_void_is_the_end(world: World) -> None:
    contract = world.sent()
    world.sign(contract, world.code(contract))
    rows = Contract.objects.filter(pk=contract.pk)
    for changes in (
        {"sha256": "0" * 64},
        {"signed_path": "elsewhere"},
        {"number": "other"},
        {"signed_at": AT},
        {"state": ContractState.DRAFTED},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**changes)
    for wrong in (
        lambda: rows.delete(),
        lambda: ContractSignature.objects.update(name="别人"),
        lambda: ContractSignature.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()

    # When it is declared void, it stays, and nothing signs it again
    with pytest.raises(Refused):
        contract_void(contract=contract, reason=" ", by=world.desk, at=AT)
    void = contract_void(contract=contract, reason="双方另签", by=world.desk, at=AT)
    assert (void.state, void.void_reason, void.signed_path != "") == (ContractState.VOID, "双方另签", True)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state=ContractState.SIGNED)
    with pytest.raises(Refused):
        world.sign(contract, "123456")
    assert world.draft().number == f"{world.tenure.number}-2"


def test_a_template_of_another_property_or_out_of_use_is_refused(world: World) -> None:
    other = contract_template_add(
        name="别处的合同",
        kind=TemplateKind.NEW,
        property=make_property(),
        file=ContentFile(word(*LEASE), "a.docx"),
        by=None,
        at=AT,
    )
    with pytest.raises(Refused) as refused:
        world.draft(template=other)
    assert refused.value.code == "template"
