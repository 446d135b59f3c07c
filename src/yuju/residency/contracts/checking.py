"""Checking a text that is handed in as a template of contracts: every fault at once, each with its place and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from yuju.kit.documents import missing_characters
from yuju.kit.errors import Refused
from yuju.kit.word import Fault, Text, halves_in, open_word, read_word, variables_in
from yuju.residency.choices import TemplateKind
from yuju.residency.contracts.document import example_pdf
from yuju.residency.contracts.variables import nearest, variable_named

REQUIRED = ("tenant", "landlord", "title_number", "start", "end", "rent", "deposit", "deposit_return_days")
"""What the contract of a lease has to state: the parties and the title, the term, the rent, the deposit and when it goes back
(住房租赁条例, in force since 15 September 2025)."""

_DEDUCTED = re.compile(r"(押金|保证金).{0,60}(扣减|扣除|抵扣|扣抵|扣款)|(扣减|扣除|抵扣).{0,30}(押金|保证金)", re.S)


@dataclass
class Checked:
    """A text that was looked at: it can be used where there are no faults."""

    text: Text
    faults: list[Fault] = field(default_factory=list)


def template_check(content: bytes, kind: TemplateKind | str) -> Checked:
    """Reads a Word file and names everything that keeps it from being a template.

    Raises:
        Refused: it is no Word document, holds macros, or unpacks to too much.
    """
    reading = read_word(open_word(content))
    faults = [*reading.faults, *_unknown(reading.text), *_unprintable(reading.text)]
    if kind != TemplateKind.SUPPLEMENT:
        faults += _unsaid(reading.text)
    if not faults:
        faults += _unprinted(reading.text)
    return Checked(reading.text, faults)


def _unknown(text: Text) -> Iterator[Fault]:
    for named in variables_in(text):
        if variable_named(named.name) is None:
            meant = nearest(named.name)
            expected = _("Did you mean {{%(name)s}}?") % {"name": meant} if meant else _("Take one from the list.")
            wrong = _("There is no variable {{%(name)s}}") % {"name": named.name}
            yield Fault(wrong, expected, named.place, "variable")
    for half in halves_in(text):
        wrong = _("Braces that belong to no variable: %(braces)s") % {"braces": half.name}
        yield Fault(wrong, _("Write a variable in one line, between two braces on each side."), half.place, "braces")


def _unprintable(text: Text) -> Iterator[Fault]:
    """Each character without a glyph once, at the first place it stands."""
    seen: set[str] = set()
    for paragraph in text.paragraphs():
        for character in missing_characters([paragraph.text, paragraph.number]):
            if character not in seen:
                seen.add(character)
                words = {"character": character, "code": f"U+{ord(character):04X}"}
                yield Fault(
                    _("The fonts for printing have no sign for %(character)s (%(code)s)") % words,
                    _("Write it in another way."),
                    paragraph.place,
                    "glyph",
                )


def _unprinted(text: Text) -> Iterator[Fault]:
    """Printed once with the examples, so that no contract is the first to try."""
    try:
        example_pdf(text)
    except Refused as refused:
        yield Fault(str(refused.message), _("Write it in another way."), code=refused.code)


def _unsaid(text: Text) -> Iterator[Fault]:
    found = {one.code for named in variables_in(text) if (one := variable_named(named.name)) is not None}
    for code in REQUIRED:
        variable = variable_named(code)
        assert variable is not None
        if code not in found:
            yield Fault(
                _("The contract has to state: %(what)s") % {"what": variable.means},
                _("Put {{%(name)s}} where it belongs.") % {"name": variable.name},
                code=f"unsaid_{code}",
            )
    written = "\n".join(paragraph.text for paragraph in text.paragraphs())
    if "deposit_deductions" not in found and not _DEDUCTED.search(written):
        yield Fault(
            _("The contract has to state: in which cases the deposit may be cut"),
            _("Put {{%(name)s}} where it belongs, or write the cases in the clause on the deposit.")
            % {"name": "押金扣减情形"},
            code="unsaid_deposit_deductions",
        )
