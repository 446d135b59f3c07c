"""The ways to sign, each held to what every driver has to keep."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.core.files.base import File
from PIL import Image

from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.residency.choices import Party
from yuju.residency.e_signature import e_signatures
from yuju.residency.e_signature.paper import Paper
from yuju.residency.e_signature.screen import Screen
from yuju.residency.ports import Signature
from yuju.residency.testing.e_signature import ESignatureTests, FakeESignature, file_of


class TestFake(ESignatureTests):
    driver = FakeESignature()


class TestPaper(ESignatureTests):
    driver = Paper()

    def scan(self) -> File[bytes]:
        return file_of(b"%PDF-1.7 scanned")

    @pytest.mark.parametrize("content", [b"", b"MZ program", b"<html>", b"\x89PNG\r\n\x1a\n not a picture"])
    def test_what_is_no_scan_is_refused(self, content: bytes) -> None:
        with pytest.raises(Refused) as refused:
            self.driver.finish(self.signing(), self.signatures(), file_of(content))
        assert refused.value.field == "scan"

    def test_a_photo_is_drawn_anew(self) -> None:
        made = io.BytesIO()
        Image.new("RGB", (300, 200), "white").save(made, "PNG")
        signed = self.driver.finish(self.signing(), self.signatures(), file_of(made.getvalue()))
        assert (signed.suffix, signed.content[:3]) == (".jpg", b"\xff\xd8\xff")


class TestScreen(ESignatureTests):
    driver = Screen()

    def signatures(self) -> list[Signature]:
        return [replace(one, by=User(operator_id=1, name="顾晓棠")) for one in super().signatures()]

    def test_each_party_has_to_prove_itself(self) -> None:
        operator, resident = self.signatures()
        assert operator.party == Party.OPERATOR
        for lacking in (
            replace(operator, by=None),
            replace(resident, proof=""),
            replace(resident, phone=""),
            replace(resident, strokes=()),
        ):
            with pytest.raises(Refused) as refused:
                self.driver.check(self.signing(), lacking)
            assert refused.value.code == "proof"


def test_the_product_brings_two_along() -> None:
    assert {"paper", "screen"} <= e_signatures().keys()
