"""A contract's document: the text with its facts filled in, as PDF, and with the page of signatures at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from yuju.kit import files
from yuju.kit.signature_page import SignaturePage
from yuju.kit.word import Text, filled, open_word, read_word, variables_in, word_pdf
from yuju.residency.contracts.variables import by_every_name, variable_named, variables
from yuju.residency.e_signature.printed import signature_page
from yuju.residency.models import Contract, ContractTemplate
from yuju.residency.ports import Signature

CHINESE = "zh-hans"
"""Contracts are in Chinese, and so is what is printed on them."""


def template_text(template: ContractTemplate) -> Text:
    """The text of a template, with its variables."""
    with files.open_kept(template.path) as kept:
        return read_word(open_word(kept.read())).text


def text_with(text: Text, facts: Mapping[str, str]) -> Text:
    """The text with facts by code filled in."""
    return filled(text, by_every_name(dict(facts)))


def example_pdf(text: Text) -> bytes:
    """A text as a contract would be printed, with the examples of the variables."""
    facts = {one.code: one.example for one in variables()}
    return word_pdf(text_with(text, facts), title=facts["contract_number"], author=facts["landlord"])


def contract_text(contract: Contract) -> Text:
    """What a contract says."""
    return text_with(template_text(contract.template), contract.facts)


def contract_pdf(text: Text, facts: Mapping[str, str]) -> bytes:
    """The document that is to be signed. The same text and facts give the same bytes.

    Raises:
        Refused: a fact has a character that no font of ours has; the sentence names it.
    """
    return word_pdf(text_with(text, facts), title=facts["contract_number"], author=facts["landlord"])


def signed_pdf(contract: Contract, signatures: Iterable[Signature]) -> bytes:
    """A contract's document with the page of signatures at its end."""
    facts = contract.facts
    with override(CHINESE):
        page = _page(contract, signatures)
    return word_pdf(contract_text(contract), title=facts["contract_number"], author=facts["landlord"], signed=page)


def _page(contract: Contract, signatures: Iterable[Signature]) -> SignaturePage:
    return signature_page(
        about=_(
            "Both parties read the document named here and signed it on screen. This page is part of the contract."
        ),
        named=(_("Contract number"), contract.number),
        sha256=contract.sha256,
        signatures=signatures,
        zone=ZoneInfo(contract.property.time_zone),
    )


def missing_in(text: Text, facts: Mapping[str, str]) -> list[str]:
    """The codes of variables that a text names, cannot do without, and nobody knows; in the order of the list."""
    named = {one.code for found in variables_in(text) if (one := variable_named(found.name)) is not None}
    return [one.code for one in variables() if one.needed and one.code in named and not facts.get(one.code)]
