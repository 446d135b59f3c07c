"""The rules for passwords, as Django's validators, and how good one that keeps them is.

They follow NIST SP 800-63B (5.1.1.2): length and lists of known ones rather than prescribed signs, no change without cause,
and what is pasted is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from yuju.identity.breached import is_known
from yuju.identity.models import Operator, User
from yuju.kit.pinyin import pinyin

SHORTEST = 10
FEWEST_SIGNS = 5
ADDED = 5
"""So many signs put before or behind a known password do not make a new one."""

LEFT = 8
"""So many signs must be left of a password without the names it holds."""

LOOK_ALIKES = str.maketrans("0134578@$", "oleastbas")
_AROUND = re.compile(r"^[^a-z]*|[^a-z]*$")


class LongEnough:
    """At least ten characters."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuses what is shorter."""
        if len(password) < SHORTEST:
            raise ValidationError(
                _("The password is too short: use at least %(count)d characters.") % {"count": SHORTEST}, code="short"
            )

    def get_help_text(self) -> str:
        """What is expected."""
        return _("At least 10 characters; a short sentence is easy to remember.")


class VariedEnough:
    """Not digits alone (telephone numbers, birthdays), nor a few signs over and over."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuses what is too plain."""
        if password.isdigit():
            raise ValidationError(_("Digits alone are guessed quickly: put words with them."), code="digits")
        if len(set(password.lower())) < FEWEST_SIGNS:
            raise ValidationError(_("The same few characters over and over are guessed quickly."), code="plain")

    def get_help_text(self) -> str:
        """What is expected."""
        return _("Not digits alone, such as a telephone number or a birthday.")


class NotLikeTheUser:
    """Not made of the names of the user and the operator."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuses what is little more than a name."""
        if not isinstance(user, User):
            return
        left = password.lower()
        for name in sorted(_names(user), key=len, reverse=True):
            left = left.replace(name, "")
        if len(left) < min(LEFT, len(password)):
            raise ValidationError(_("The password is too much like your name or the operator's."), code="similar")

    def get_help_text(self) -> str:
        """What is expected."""
        return _("Not your name, your user name or the operator's name.")


class NotKnown:
    """Not in the list of passwords that guessers try first, nor one of those with a little added."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuses a known one."""
        if any(is_known(form) for form in _plain_forms(password)):
            raise ValidationError(
                _("This password, or one much like it, is in lists of stolen passwords: choose another."), code="known"
            )

    def get_help_text(self) -> str:
        """What is expected."""
        return _("Not one of those found in stolen lists, such as woaini1314.")


@dataclass(frozen=True)
class Judgement:
    """What is to be said of a password: what is wrong with it, or how good it is (1 to 3)."""

    faults: list[str]
    grade: int


def password_judge(password: str, user: User | None) -> Judgement:
    """Judges a password for a user, as the rules do when it is set."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return Judgement(list(error.messages), 0)
    length, variety = len(password), len(set(password.lower()))
    if length >= 16 and variety >= 9:
        return Judgement([], 3)
    return Judgement([], 2 if length >= 13 and variety >= 8 else 1)


def _names(user: User) -> set[str]:
    operator = Operator.objects.filter(pk=user.operator_id).first()
    names = {user.username, user.name, "yuju"}
    if operator is not None:
        names |= {operator.code, operator.name}
    spelt = {pinyin(name) for name in names}
    words = {word for name in names for word in re.split(r"[\W_]+", name.lower())}
    # A Chinese name says much with two characters, one in letters with four.
    return {word for word in words | spelt if len(word) >= (4 if word.isascii() else 2)}


def _plain_forms(password: str) -> set[str]:
    """A password as typed, without what is around its letters, and with look-alikes of letters read as those."""
    forms = {password, password.lower().translate(LOOK_ALIKES)}
    for form in tuple(forms):
        bare = _AROUND.sub("", form.lower())
        if len(form) - len(bare) <= ADDED:
            forms.add(bare)
    return {form for form in forms if len(form) >= 6}
