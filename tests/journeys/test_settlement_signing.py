"""A settlement signed on screen: what is recorded and printed, and what is refused, whichever way it is agreed to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.portal.people import LIN, phone_set
from tests.support.at_once import at_once
from tests.support.console_world import ConsoleWorld
from tests.support.settlements import BY, Stay, make_stay
from yuju.identity.models import AuditEntry, Operator, User
from yuju.journeys.settlement_signing import settlement_code_send, settlement_sign
from yuju.journeys.settling import settlement_agree, settlement_show
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.payments.choices import AgreedHow, SettlementState
from yuju.payments.models import Settlement, SettlementSignature
from yuju.payments.selectors import settlement_lines, settlement_signature
from yuju.payments.services import settlement_answer, settlement_object
from yuju.residency.models import PortalCode
from yuju.residency.services.portal_codes import REQUESTS_PER_PHONE

STROKES, HERE = [[[10 * step, 20 * (step % 5)] for step in range(40)]], "10.0.0.1"


@pytest.fixture
def stay(operator: Operator, settings: Any) -> Stay:
    settings.YUJU_DEMO = True  # codes come back
    made = make_stay()
    phone_set(made.tenure.resident, LIN)
    return made


@pytest.fixture
def desk(operator: Operator) -> User:
    return ConsoleWorld(operator).user("front_desk")


def sent(shown: Settlement, **by: Any) -> dict[str, Any]:
    """Everything it takes to sign: the code that was sent, and what it is for."""
    sha256, code = settlement_code_send(settlement=shown, seal=shown.seal, address=HERE, **BY | by)
    return {
        "settlement": shown,
        "seal": shown.seal,
        "sha256": sha256,
        "code": code,
        "strokes": STROKES,
        "address": HERE,
    }


def kept(path: str) -> bytes:
    with files.open_kept(path) as file:
        return file.read()


def pages(document: bytes) -> int:
    found = re.search(rb"/Type/Pages/Count (\d+)", document)
    assert found is not None
    return int(found[1])


@pytest.mark.django_db
class TestSigning:
    def test_what_was_read_is_what_is_signed_and_printed_with_its_signature(self, stay: Stay) -> None:
        shown = settlement_show(settlement=stay.prepare(), **BY)
        given = sent(shown)
        # When she signs on the phone, and clicks twice
        for _click in range(2):
            signed = settlement_sign(**given, at=BY["at"])
        # Then there is one signature, with the code, the covered number and the hash of the document
        assert (signed.state, signed.agreed_how) == (SettlementState.AGREED, AgreedHow.PHONE)
        row = SettlementSignature.objects.get()
        assert (row.phone, row.sha256, row.means) == ("138****6021", given["sha256"], "screen")
        assert row.proof == str(PortalCode.objects.get(purpose="settlement").pk)
        assert AuditEntry.objects.filter(detail__sha256=row.sha256, detail__what="settlement").count() == 1
        # And the document is kept as it was signed, and with a page of signatures more
        document, printed = kept(row.path), kept(row.signed_path)
        assert hashlib.sha256(document).hexdigest() == row.sha256
        assert hashlib.sha256(printed).hexdigest() == row.signed_sha256
        assert pages(printed) == pages(document) + 1

    def test_at_the_desk_it_says_at_whose(self, stay: Stay, desk: User) -> None:
        shown = settlement_show(settlement=stay.prepare(), **BY)
        signed = settlement_sign(**sent(shown, by=desk), by=desk, at=BY["at"])
        assert (signed.agreed_how, signed.agreed_by) == (AgreedHow.SCREEN, desk)
        assert SettlementSignature.objects.get().by == desk

    def test_a_wrong_code_signs_nothing_and_counts(self, stay: Stay) -> None:
        given = sent(settlement_show(settlement=stay.prepare(), **BY))
        with pytest.raises(Refused) as refused:
            settlement_sign(**given | {"code": "000000" if given["code"] != "000000" else "000001"}, at=BY["at"])
        assert refused.value.code == "wrong"
        assert PortalCode.objects.get(purpose="settlement").tries == 1
        assert not SettlementSignature.objects.exists()

    def test_an_answer_since_makes_it_another_document(self, stay: Stay) -> None:
        # Given that she objects after the code came, and has an answer: the lines are the same, the document is not
        shown = settlement_show(settlement=stay.prepare(), **BY)
        given = sent(shown)
        settlement_object(line=settlement_lines(shown)[0], text="九月已付", at=BY["at"])
        with pytest.raises(Refused) as refused:
            settlement_sign(**given, at=BY["at"])
        assert refused.value.code == "objection"
        settlement_answer(line=settlement_lines(shown)[0], text="查过，未到账", **BY)
        with pytest.raises(Refused) as refused:
            settlement_sign(**given, at=BY["at"])
        assert refused.value.code == "changed"
        # Then what is there now can be signed, by a code of its own
        settlement_sign(**sent(shown), at=BY["at"])

    def test_a_signature_stays_and_does_not_hold_for_new_lines(self, stay: Stay) -> None:
        shown = settlement_show(settlement=stay.prepare(), **BY)
        signed = settlement_sign(**sent(shown), at=BY["at"])
        assert settlement_signature(signed) is not None
        stay.pay("175.00")
        anew = settlement_show(settlement=signed, **BY)
        assert (anew.state, settlement_signature(anew)) == (SettlementState.SHOWN, None)
        for change in (
            lambda: SettlementSignature.objects.update(name="别人"),
            lambda: SettlementSignature.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        settlement_sign(**sent(anew), at=BY["at"])
        assert SettlementSignature.objects.count() == 2


def _on_paper(shown: Settlement, given: dict[str, Any], user: Any) -> Any:
    return settlement_agree(settlement=shown, seal=given["seal"], how=AgreedHow.PAPER, by=user, at=BY["at"])


WAYS: dict[str, Callable[..., Any]] = {
    "phone": lambda _shown, given, _user: settlement_sign(**given, at=BY["at"]),
    "desk": lambda _shown, given, user: settlement_sign(**given, by=user, at=BY["at"]),
    "paper": _on_paper,
    "another code": lambda shown, _given, _user: sent(shown),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_what_changed_since_it_was_shown_is_not_agreed_in_any_way(stay: Stay, desk: User, way: str) -> None:
    # Given a settlement that was read, a code for it, and a payment since
    shown = settlement_show(settlement=stay.prepare(), **BY)
    given = sent(shown)
    stay.pay("175.00")
    with pytest.raises(Refused) as refused:
        WAYS[way](shown, given, desk)
    # Then nothing is signed or used up, and it is shown anew, with other lines
    assert refused.value.code == "changed"
    assert PortalCode.objects.get(purpose="settlement").used_at is None
    assert not SettlementSignature.objects.exists()
    anew = settlement_show(settlement=shown, **BY)
    assert (anew.state, anew.seal != shown.seal) == (SettlementState.SHOWN, True)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_signature(operator: Any, settings: Any) -> None:
    settings.YUJU_DEMO = True
    with transaction.atomic():
        stay = make_stay()
        phone_set(stay.tenure.resident, LIN)
        given = sent(settlement_show(settlement=stay.prepare(), **BY))

    def sign() -> Settlement:
        return settlement_sign(**given, at=BY["at"])

    # When two clicks come together, both are told that it is agreed, and there is one signature
    first, second = at_once(sign, sign)
    assert [first.state, second.state] == [SettlementState.AGREED] * 2
    with transaction.atomic():
        assert SettlementSignature.objects.count() == 1


@pytest.mark.django_db
def test_codes_asked_for_too_often_are_refused_in_words(stay: Stay) -> None:
    shown = settlement_show(settlement=stay.prepare(), **BY)
    for _asked in range(REQUESTS_PER_PHONE):
        sent(shown)
    with pytest.raises(Refused) as refused:
        sent(shown, at=BY["at"] + timedelta(minutes=1))
    assert refused.value.code == "throttled"
