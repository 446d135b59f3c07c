"""The formula language of tariffs: read, checked and evaluated exactly; never handed to an interpreter.

::

    sum     := product (("+" | "-") product)*
    product := signed (("*" | "/") signed)*
    signed  := ("+" | "-")* atom
    atom    := number | name | "(" sum ")" | extreme | rounded
    extreme := ("min" | "max") "(" sum ("," sum)+ ")"
    rounded := "round" "(" sum "," ["-"] digits ")"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from django.utils.translation import gettext_lazy as _

from .derivation import NAMES
from .money import round_half_up
from .text import TextFault, fold

MAX_LENGTH = 200
MAX_NESTING = 10
MAX_ROUND_DIGITS = 9
FUNCTIONS = ("min", "max", "round")

_ALLOWED = _(
    "Allowed are numbers, the names area, rate, occupants, rent and floor, the signs + - * / ( ), "
    "and min(a, b), max(a, b), round(x, n)."
)
_TOKEN = re.compile(r"(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<word>[^\W\d]\w*)|(?P<sign>[-+*/(),])", re.ASCII)
_WORD = re.compile(r"\w+|\S")


class FormulaError(TextFault):
    """A formula that can't be read; see ``TextFault`` for what it holds."""

    def __init__(self, reason: object, *, position: int, found: str) -> None:
        super().__init__(reason, position=position, found=found, field="formula", code="formula")


class DivisionByZero(ArithmeticError):  # noqa: N818 - the cause's own name
    """A formula divides by zero with these facts."""


class MissingValue(LookupError):  # noqa: N818 - the cause's own name
    """A formula names a fact that is not known.

    Attributes:
        name: which.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number as written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """One of the facts."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus an expression."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and one of ``+ - * /``."""

    sign: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or greatest of two or more expressions."""

    function: Literal["min", "max"]
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """An expression rounded half up, away from zero, to ``digits`` behind the point (before it, where negative)."""

    operand: Expression
    digits: int


Expression = Number | Name | Negative | Binary | Extreme | Round


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read.

    Attributes:
        text: as it is stored: full-width signs made plain, no blanks around it.
        expression: its tree.
        names: the facts it needs, in the order of ``NAMES``. Each must be known, be its value used in the end or not.
    """

    text: str
    expression: Expression
    names: tuple[str, ...]

    def evaluate(self, values: Mapping[str, Decimal | Fraction | int | None]) -> Fraction:
        """The exact value.

        Raises:
            MissingValue: a fact that it names is not there or None.
            DivisionByZero: it divides by zero with these facts.
        """
        known = {name: Fraction(value) for name, value in values.items() if value is not None}
        for name in self.names:
            if name not in known:
                raise MissingValue(name)
        return evaluate(self.expression, known)


def parse_formula(text: str) -> Formula:
    """A formula from its text; full-width signs and blanks are welcome.

    Raises:
        FormulaError: with the place of the fault. A division by a constant zero is one too.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(_("The formula is too long; 200 characters are allowed."), position=MAX_LENGTH + 1, found="")
    folded = fold(text)
    expression = _Parser(folded).formula()
    used = names_of(expression)
    return Formula(folded.strip(), expression, tuple(name for name in NAMES if name in used))


def names_of(expression: Expression) -> frozenset[str]:
    """The facts that an expression names."""
    match expression:
        case Name(name):
            return frozenset((name,))
        case Negative(operand) | Round(operand, _):
            return names_of(operand)
        case Binary(_, left, right):
            return names_of(left) | names_of(right)
        case Extreme(_, arguments):
            return frozenset().union(*map(names_of, arguments))
    return frozenset()


def evaluate(expression: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """The exact value of an expression.

    Raises:
        MissingValue: a name without a value.
        DivisionByZero: a division by zero.
    """
    match expression:
        case Number(value):
            return Fraction(value)
        case Name(name):
            if name not in values:
                raise MissingValue(name)
            return values[name]
        case Negative(operand):
            return -evaluate(operand, values)
        case Round(operand, digits):
            return round_half_up(evaluate(operand, values), Fraction(10) ** -digits)
        case Extreme(function, arguments):
            found = [evaluate(argument, values) for argument in arguments]
            return min(found) if function == "min" else max(found)
        case Binary(sign, left, right):
            a, b = evaluate(left, values), evaluate(right, values)
            if sign == "+":
                return a + b
            if sign == "-":
                return a - b
            if sign == "*":
                return a * b
            if b == 0:
                raise DivisionByZero
            return a / b
    raise TypeError(expression)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    """One pass over the tokens, one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.here
        self.at += 1
        return token

    def formula(self) -> Expression:
        if self.here.kind == "end":
            raise self.fault(_("A formula is expected, like area * rate."))
        made = self.sum()
        if self.here.kind != "end":
            raise self.fault(_("The formula should end here, or go on with one of + - * /."))
        return made

    def sum(self) -> Expression:
        made = self.product()
        while self.here.text in ("+", "-"):
            sign: Literal["+", "-"] = "+" if self.take().text == "+" else "-"
            made = Binary(sign, made, self.product())
        return made

    def product(self) -> Expression:
        made = self.signed()
        while self.here.text in ("*", "/"):
            sign: Literal["*", "/"] = "*" if self.take().text == "*" else "/"
            divisor = self.here
            right = self.signed()
            if sign == "/":
                self.check_divisor(right, divisor)
            made = Binary(sign, made, right)
        return made

    def check_divisor(self, right: Expression, token: _Token) -> None:
        """A constant zero would fail for every unit: better refused here than an exception for each."""
        if not names_of(right) and evaluate(right, {}) == 0:
            raise self.fault(_("This divides by zero."), token)

    def signed(self) -> Expression:
        minus = False
        while self.here.text in ("+", "-"):
            minus ^= self.take().text == "-"
        made = self.atom()
        return Negative(made) if minus else made

    def atom(self) -> Expression:
        token = self.here
        if token.kind == "number":
            return Number(Decimal(self.take().text))
        if token.kind == "word":
            self.take()
            if token.text in FUNCTIONS:
                return self.call(token)
            if token.text in NAMES:
                return Name(token.text)
            if self.here.text == "(":
                raise self.fault(_("There is no such function. min, max and round are allowed."), token)
            raise self.fault(_("This name is not known. Names are area, rate, occupants, rent and floor."), token)
        if token.text == "(":
            self.take()
            self.enter(token)
            made = self.sum()
            self.close()
            return made
        if token.kind == "end":
            raise self.fault(_("The formula ends too early: a number, a name or ( is expected."))
        raise self.fault(_("A number, a name or ( is expected."))

    def call(self, function: _Token) -> Expression:
        if self.here.text != "(":
            raise self.fault(_("This function needs ( and its values."), function)
        self.take()
        self.enter(function)
        arguments = [self.sum()]
        if function.text == "round":
            self.comma(_("round needs a number of digits: round(x, 2)."))
            made: Expression = Round(arguments[0], self.digits())
        else:
            self.comma(_("min and max need two values or more: min(a, b)."))
            arguments.append(self.sum())
            while self.here.text == ",":
                self.take()
                arguments.append(self.sum())
            made = Extreme("min" if function.text == "min" else "max", tuple(arguments))
        self.close()
        return made

    def digits(self) -> int:
        first = self.here
        minus = self.here.text == "-"
        if minus:
            self.take()
        token = self.take()
        if token.kind != "number" or not token.text.isdigit() or int(token.text) > MAX_ROUND_DIGITS:
            raise self.fault(_("The digits of round are a whole number from -9 to 9."), first)
        return -int(token.text) if minus else int(token.text)

    def comma(self, reason: object) -> None:
        if self.here.text != ",":
            raise self.fault(reason)
        self.take()

    def enter(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fault(_("Brackets are nested too deeply; 10 levels are allowed."), token)

    def close(self) -> None:
        if self.here.text != ")":
            raise self.fault(_(") is expected."))
        self.take()
        self.depth -= 1

    def fault(self, reason: object, token: _Token | None = None) -> FormulaError:
        token = token or self.here
        if token.kind == "unknown":
            reason = _ALLOWED
        return FormulaError(reason, position=token.position, found=token.text)


def _tokens(text: str) -> list[_Token]:
    made: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            word = _WORD.match(text, at)
            made.append(_Token("unknown", word.group() if word else text[at], at + 1))
            at += len(made[-1].text)
            continue
        made.append(_Token(str(match.lastgroup), match.group(), at + 1))
        at = match.end()
    made.append(_Token("end", "", len(text.rstrip()) + 1))
    return made
