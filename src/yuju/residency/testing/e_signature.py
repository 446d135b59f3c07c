"""What every driver of the port `yuju.e_signature` has to keep, and a driver for tests.

A driver's own tests say which it is and what a good signature and scan of it are; the rest is inherited:

    class TestScreen(ESignatureTests):
        driver = Screen()
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile, File

from yuju.kit.errors import Refused
from yuju.residency.choices import Party
from yuju.residency.ports import ESignature, Signature, Signed, Signing

DOCUMENT = b"%PDF-1.7 a contract"
AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@dataclass
class FakeESignature:
    """A provider that remembers what it was told."""

    code: str = "fake"
    begun: list[str] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)

    def label(self) -> str:
        return "Fake"

    def begin(self, signing: Signing) -> str:
        if signing.reference not in self.begun:
            self.begun.append(signing.reference)
        return f"fake-{signing.reference}"

    def check(self, signing: Signing, signature: Signature) -> None:
        if signature.sha256 != signing.sha256:
            raise Refused("another document", code="changed")
        if not signature.proof:
            raise Refused("no proof", code="proof")

    def finish(self, signing: Signing, signatures: Sequence[Signature], scan: File[bytes] | None) -> Signed:
        if {one.party for one in signatures} != set(signing.parties):
            raise Refused("not everybody", code="incomplete")
        return Signed(signing.document + b" signed")

    def withdraw(self, signing: Signing, reason: str) -> None:
        self.withdrawn.append((signing.reference, reason))


class ESignatureTests:
    """Inherited by the tests of each driver."""

    driver: ESignature

    def signing(self) -> Signing:
        return Signing(
            reference="1-7",
            title="HT-2026-0318",
            document=DOCUMENT,
            sha256=hashlib.sha256(DOCUMENT).hexdigest(),
            parties={Party.OPERATOR: ("青岚公寓", ""), Party.RESIDENT: ("林晓彤", "13800006021")},
            with_page=lambda signatures: DOCUMENT + f" {len(signatures)} signatures".encode(),
        )

    def signatures(self) -> list[Signature]:
        """Good ones of both parties; `by` may be anybody."""
        signing = self.signing()
        return [
            Signature(
                party, name, self.driver.code, AT, signing.sha256, proof="17", phone="138****6021", strokes=[[[0, 0]]]
            )
            for party, (name, _phone) in signing.parties.items()
        ]

    def scan(self) -> File[bytes] | None:
        """What is handed in besides, where it is signed on paper."""
        return None

    def test_its_code_is_short_and_stays(self) -> None:
        assert self.driver.code == type(self.driver)().code
        assert 0 < len(self.driver.code) <= 20
        assert self.driver.label()

    def test_asking_twice_asks_once(self) -> None:
        assert self.driver.begin(self.signing()) == self.driver.begin(self.signing())

    def test_good_signatures_of_both_give_a_document_and_always_the_same(self) -> None:
        signing, given = self.signing(), self.signatures()
        for one in given:
            self.driver.check(signing, one)
        signed = self.driver.finish(signing, given, self.scan())
        assert signed.content
        assert signed.suffix in (".pdf", ".jpg", ".png")
        assert self.driver.finish(signing, given, self.scan()) == signed

    def test_a_signature_of_another_document_is_refused(self) -> None:
        with pytest.raises(Refused) as refused:
            self.driver.check(self.signing(), replace(self.signatures()[-1], sha256="0" * 64))
        assert refused.value.code == "changed"

    def test_one_party_alone_is_no_contract(self) -> None:
        with pytest.raises(Refused) as refused:
            self.driver.finish(self.signing(), self.signatures()[:1], self.scan())
        assert refused.value.code == "incomplete"

    def test_it_may_be_withdrawn_at_any_time(self) -> None:
        for _time in range(2):
            self.driver.withdraw(self.signing(), "起草有误")


def file_of(content: bytes, name: str = "scan.pdf") -> ContentFile[bytes]:
    """A file as a form hands it over."""
    return ContentFile(content, name)
