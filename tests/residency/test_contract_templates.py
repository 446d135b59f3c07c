"""Templates of contracts: our sample is one, faults are all named, and versions stay."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction

from tests.support.stays import AT, make_property
from tests.support.word_files import LEASE, word
from yuju.kit.errors import Refused
from yuju.residency.choices import TemplateKind
from yuju.residency.contracts.checking import template_check
from yuju.residency.contracts.document import example_pdf, template_text
from yuju.residency.contracts.sample import sample_lease
from yuju.residency.contracts.variables import nearest, variables
from yuju.residency.models import ContractTemplate
from yuju.residency.services.contract_templates import (
    TemplateFaults,
    contract_template_add,
    contract_template_retire,
)


def take_in(content: bytes, **given: Any) -> ContractTemplate:
    values: dict[str, Any] = {"name": "租赁合同", "kind": TemplateKind.NEW, "property": None, **given}
    return contract_template_add(**values, file=ContentFile(content, "租赁合同.docx"), by=None, at=AT)


def test_our_sample_is_a_good_template_that_names_every_variable_it_may() -> None:
    checked = template_check(sample_lease(), TemplateKind.NEW)
    assert checked.faults == []
    assert example_pdf(checked.text) == example_pdf(checked.text)


def test_variables_are_named_once_and_meant_ones_are_found() -> None:
    names = [name for one in variables() for name in (one.code, one.name)]
    assert len(names) == len(set(names))
    assert (nearest("月租"), nearest("tenent"), nearest("天气")) == ("月租金", "tenant", "")


def test_every_fault_is_named_at_once() -> None:
    # Given a text that names what there is not, leaves a brace open, has a sign no font of ours has, and says too little
    content = word("承租方：{{承租人}}", "租金 {{月租金 元", "签字：𠀋", LEASE[0])

    # Then each is told, with its place
    faults = template_check(content, TemplateKind.NEW).faults
    assert [fault.code for fault in faults] == [
        "variable",
        "braces",
        "glyph",
        "unsaid_title_number",
        "unsaid_start",
        "unsaid_end",
        "unsaid_rent",
        "unsaid_deposit",
        "unsaid_deposit_return_days",
        "unsaid_deposit_deductions",
    ]
    assert "承租方" in faults[0].expected
    assert "U+2000B" in faults[2].wrong
    assert "3" in faults[2].place

    # A supplementary agreement states only what changes
    assert {one.code for one in template_check(content, TemplateKind.SUPPLEMENT).faults} == {
        "variable",
        "braces",
        "glyph",
    }


@pytest.mark.django_db
def test_a_newer_version_takes_the_place_of_the_older_which_stays(operator: Any) -> None:
    first = take_in(word(*LEASE))
    assert take_in(word(*LEASE, "同一份")).version == 2
    second = take_in(sample_lease(), property=make_property())
    first.refresh_from_db()
    assert (first.is_used(), second.version, second.is_used()) == (False, 1, True)
    assert template_text(first).blocks

    # The same file again changes nothing
    assert take_in(sample_lease(), property=second.property) == second
    retired = contract_template_retire(template=second, by=None, at=AT)
    assert contract_template_retire(template=retired, by=None, at=AT).retired_at == AT

    # And nobody changes what contracts may point to
    with pytest.raises(DatabaseError), transaction.atomic():
        ContractTemplate.objects.filter(pk=first.pk).update(sha256="0" * 64)


@pytest.mark.django_db
def test_a_file_with_faults_leaves_nothing_behind(operator: Any) -> None:
    for content, error in ((word("{{天气}}"), TemplateFaults), (b"PK\x03\x04 no", Refused), (b"MZ", Refused)):
        with pytest.raises(error) as refused:
            take_in(content)
        assert refused.value.field == "file"
    assert not ContractTemplate.objects.exists()
