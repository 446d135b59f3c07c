"""What passwords are refused, and that the list of known ones is what it says."""

from __future__ import annotations

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tests.support.console_world import ConsoleWorld
from yuju.identity.breached import FILE, WIDTH, is_known
from yuju.identity.models import User
from yuju.identity.passwords import password_judge


def _codes(password: str, user: User | None = None) -> set[str | None]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kx7-vole", "short"),
        ("13800138000", "digits"),
        ("19901015198", "digits"),
        ("ababababab1", "plain"),
        ("qwertyuiop", "known"),
        ("Password123!", "known"),
        ("P@ssw0rd2024", "known"),
        ("sunshine2024", "known"),
        ("woaini1314", "known"),
        ("wangwei123456", "known"),
        ("5201314woaini", "known"),
    ],
)
def test_guessable_passwords_are_refused_each_for_its_reason(password: str, code: str) -> None:
    assert code in _codes(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "xq7-pine-otter", "三只猫在楼顶晒太阳呀喵", "long enough to do", "  two blanks  "],
)
def test_long_and_unheard_of_ones_are_taken_whatever_their_signs(password: str) -> None:
    assert _codes(password) == set()


@pytest.mark.parametrize("password", ["zhouming-77", "周明周明周明周明1a", "yuju2026yuju", "Operator-Yuju"])
def test_a_name_with_a_little_put_to_it_is_refused(operator: object, password: str) -> None:
    # Given somebody whose name is 周明, of an operator with a name
    user = User(username="zhou", name="周明", operator_id=operator.pk)  # type: ignore[attr-defined]
    type(operator).objects.update(code="operator")

    # When / then
    assert "similar" in _codes(password, user)
    assert "similar" not in _codes("zhouming likes otters", user)


@given(st.text(min_size=1, max_size=40))
def test_case_changes_nothing_and_lookups_never_fail(password: str) -> None:
    assert is_known(password.lower()) == is_known(password.lower().lower())


def test_the_list_is_sorted_without_doubles_and_small_and_knows_what_everybody_knows() -> None:
    table = FILE.read_bytes()
    rows = [table[at : at + WIDTH] for at in range(0, len(table), WIDTH)]
    assert rows == sorted(set(rows))
    assert len(rows) > 200_000
    assert len(table) < 1_500_000
    assert all(is_known(word) for word in ("qwertyuiop", "iloveyou123", "QwertyUIOP"))
    # Of many words nobody has, none is taken for a known one
    assert not any(is_known(hashlib.sha256(str(n).encode()).hexdigest()) for n in range(2000))


def test_the_meter_goes_from_refused_to_strong(operator: object) -> None:
    user = ConsoleWorld(operator).user("cashier")  # type: ignore[arg-type]
    grades = [
        password_judge(word, user).grade
        for word in ("woaini1314", "a pine cone", "nine pine cones", "nine pine cones in a row")
    ]
    assert grades == [0, 1, 2, 3]
    assert password_judge("woaini1314", user).faults
