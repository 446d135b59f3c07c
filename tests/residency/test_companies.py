"""Companies: their credit code, their contact, and what they are billed under."""

from typing import Any

import pytest

from tests.support.stays import AT, CREDIT_CODE, ID_NUMBER, make_company, make_property, make_resident
from yuju.kit import search
from yuju.kit.errors import Refused
from yuju.residency.models import InvoiceTitle, Resident
from yuju.residency.services import invoice_title_save, resident_change, resident_create

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
BY: dict[str, Any] = {"by": None, "at": AT}


def test_a_company_is_found_by_its_name_its_code_and_its_contacts_phone() -> None:
    company = make_company(make_property(), phone="13800006021", contact_name="陈静")
    stored = Resident.objects.get(pk=company.pk)
    assert (stored.is_company, stored.id_type, stored.born_in) == (True, "credit_code", None)
    for query in ("星海", "xhkj", CREDIT_CODE, "13800006021"):
        assert [hit.object_id for hit in search.find(query, ["resident"])] == [company.pk], query


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id_number": ""}, "id_number"),
        ({"id_number": ID_NUMBER}, "id_number"),
        ({"id_number": CREDIT_CODE[:-1] + "2"}, "id_number"),
        ({"id_type": "passport"}, "id_type"),
        ({"emergency_name": "陈静"}, "emergency_name"),
    ],
)
def test_what_only_a_person_has_is_refused_for_a_company(given: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        make_company(make_property(), **given)
    assert refused.value.field == field


def test_a_person_has_no_credit_code_and_no_contact() -> None:
    place = make_property()
    with pytest.raises(Refused):
        make_resident(place, id_type="credit_code", id_number=CREDIT_CODE)
    assert make_resident(place, contact_name="陈静").contact_name == ""


def test_one_code_is_one_company() -> None:
    place = make_property()
    make_company(place)
    with pytest.raises(Refused, match="星海科技"):
        make_company(place, name="另一家公司")


def test_changing_a_company_leaves_its_contact_where_nothing_is_said() -> None:
    company = make_company(make_property(), contact_name="陈静")
    names = ("ref", "phone", "id_type", "id_number", "category", "emergency_name", "emergency_phone")
    values = {name: getattr(company, name) for name in names}
    changed = resident_change(resident=company, name="星海数字科技有限公司", **values, **BY)
    assert (changed.contact_name, changed.is_company) == ("陈静", True)


def test_an_invoice_title_is_the_registered_name_and_the_code_where_nothing_else_is_said() -> None:
    company = make_company(make_property())
    invoice_title_save(company=company, bank_account="6222 0210 0111 1222 333", **BY)
    saved = invoice_title_save(company=company, bank="工商银行", bank_account="6222021001111222333", **BY)
    assert (saved.title, saved.tax_number) == (company.name, CREDIT_CODE)
    assert InvoiceTitle.objects.get().bank_account == "6222021001111222333"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tax_number": "123"}, "tax_number"),
        ({"bank_account": "六二二二"}, "bank_account"),
        ({"phone": "1"}, "invoice_phone"),
    ],
)
def test_an_invoice_title_with_a_number_that_can_not_be_is_refused(given: dict[str, str], field: str) -> None:
    company = make_company(make_property())
    with pytest.raises(Refused) as refused:
        invoice_title_save(company=company, **given, **BY)
    assert refused.value.field == field


def test_a_person_has_no_invoice_title() -> None:
    with pytest.raises(Refused):
        invoice_title_save(company=resident_create(property=make_property(), name="王建业", **BY), **BY)
