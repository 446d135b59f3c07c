"""A formula as PostgreSQL expressions, so that a bill run prices it like any other tariff, and exactly.

PostgreSQL's division of numerics rounds, therefore nothing is divided here: an expression is carried as numerator and
denominator, and a denominator that is constant stays a literal. ``area * 0.12`` comes out as one product over ``1``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .formula import (
    Binary,
    DivisionByZero,
    Expression,
    Extreme,
    Formula,
    Name,
    Negative,
    Round,
    evaluate,
    names_of,
)


@dataclass(frozen=True, slots=True)
class _Ratio:
    """``numerator / (constant * variable)``; ``variable`` is SQL, NULL where it would be 0, or None for 1."""

    numerator: str
    constant: int = 1
    variable: str | None = None
    positive: bool = False
    """Whether ``variable`` is known to be above zero."""


@dataclass(slots=True)
class _Compiler:
    """Compiles one tree; collects the divisors and whether NULLs could be swallowed by LEAST or GREATEST."""

    columns: Mapping[str, str]
    divisors: list[str]
    swallows_null: bool = False

    def compile(self, expression: Expression) -> _Ratio:
        if not names_of(expression):
            return _constant(evaluate(expression, {}))
        match expression:
            case Name(name):
                return _Ratio(f"({self.columns[name]})::numeric")
            case Negative(operand):
                ratio = self.compile(operand)
                return _Ratio(f"(-{ratio.numerator})", ratio.constant, ratio.variable)
            case Round(operand, digits):
                return self.round(self.compile(operand), digits)
            case Extreme(function, arguments):
                return self.extreme("LEAST" if function == "min" else "GREATEST", list(map(self.compile, arguments)))
            case Binary("/", left, right) if not names_of(right):
                return _product(self.compile(left), _constant(1 / evaluate(right, {})))
            case Binary("/", left, right):
                return self.quotient(self.compile(left), self.compile(right))
            case Binary("*", left, right):
                return _product(self.compile(left), self.compile(right))
            case Binary(sign, left, right):
                (a, b), constant, variable = _common([self.compile(left), self.compile(right)])
                return _Ratio(f"({a} {sign} {b})", constant, variable)
        raise TypeError(expression)

    def quotient(self, left: _Ratio, right: _Ratio) -> _Ratio:
        self.divisors.append(right.numerator)
        inverse = _Ratio(
            _times(right.variable or _literal(Fraction(1)), _literal(Fraction(right.constant))),
            1,
            f"NULLIF({right.numerator}, 0)",
        )
        return _product(left, inverse)

    def extreme(self, function: str, arguments: list[_Ratio]) -> _Ratio:
        self.swallows_null = True
        numerators, constant, variable = _common([_positive(argument) for argument in arguments])
        return _Ratio(f"{function}({', '.join(numerators)})", constant, variable, positive=True)

    def round(self, ratio: _Ratio, digits: int) -> _Ratio:
        if ratio.constant == 1 and ratio.variable is None:
            return _Ratio(f"round({ratio.numerator}, {digits})")
        # Half away from zero by integer division. OFFSET 0 keeps the planner from writing the numerator out twice.
        scale = _literal(Fraction(10) ** digits)
        denominator = _times(_literal(Fraction(ratio.constant)), ratio.variable or _literal(Fraction(1)))
        return _Ratio(
            f"((SELECT sign(n) * sign(d) * div(2 * abs(n) * {scale} + abs(d), 2 * abs(d))"
            f" FROM (SELECT {ratio.numerator} AS n, {denominator} AS d OFFSET 0) AS ratio)"
            f" * {_literal(Fraction(10) ** -digits)})"
        )


def formula_sql(formula: Formula, columns: Mapping[str, str]) -> tuple[str, str]:
    """A formula as SQL: ``(numerator, denominator)``.

    Args:
        formula: a formula that was read.
        columns: the SQL reference (any numeric type) of every name that it uses.

    Returns:
        two self-contained numeric expressions. The denominator is positive, a literal wherever it does not depend on
        facts. With a fact that is NULL, or a division by zero, the numerator is NULL.
    """
    compiler = _Compiler(columns, [])
    try:
        ratio = _positive(compiler.compile(formula.expression))
    except DivisionByZero:
        return "NULL::numeric", "1::numeric"
    numerator = ratio.numerator
    conditions = [f"({columns[name]}) IS NOT NULL" for name in formula.names]
    conditions += [f"{divisor} <> 0" for divisor in compiler.divisors]
    if compiler.divisors or compiler.swallows_null:
        numerator = f"(CASE WHEN {' AND '.join(conditions)} THEN {numerator} END)"
    return numerator, _denominator(ratio)


def formula_values_sql(formula: Formula, columns: Mapping[str, str]) -> str:
    """A jsonb expression with the facts that a formula names, and the formula, as a part of a derivation holds them."""
    pairs = [f"'{name}', trim_scale(({columns[name]})::numeric)::text" for name in formula.names]
    # A formula that was read holds no quotation mark, backslash or percent sign: it is safe between quotes.
    pairs.append(f"'f', '{formula.text}'")
    return f"jsonb_build_object({', '.join(pairs)})"


def _constant(value: Fraction) -> _Ratio:
    """A constant; what of its denominator is made of 2 and 5 goes into the decimals of the numerator."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return _Ratio(_literal(value * rest), rest)


def _literal(value: Fraction) -> str:
    """A numeric literal of a fraction that has a finite decimal form; negative ones in brackets."""
    digits = 0
    while value.denominator != 1:
        value, digits = value * 10, digits + 1
    text = f"{format(Decimal(value.numerator).scaleb(-digits), 'f')}::numeric"
    return f"({text})" if value < 0 else text


def _times(left: str, right: str) -> str:
    """A product, without the factors that are plainly one."""
    one = _literal(Fraction(1))
    if left == one:
        return right
    return left if right == one else f"({left} * {right})"


def _product(left: _Ratio, right: _Ratio) -> _Ratio:
    numerator, constant = _times(left.numerator, right.numerator), left.constant * right.constant
    variables = [ratio.variable for ratio in (left, right) if ratio.variable is not None]
    return _Ratio(numerator, constant, " * ".join(variables) if variables else None)


def _common(ratios: list[_Ratio]) -> tuple[list[str], int, str | None]:
    """The numerators over one common denominator, and that denominator's constant and variable."""
    constant = math.lcm(*(ratio.constant for ratio in ratios))
    distinct = list(dict.fromkeys(ratio.variable for ratio in ratios if ratio.variable is not None))
    numerators = []
    for ratio in ratios:
        numerator = _times(ratio.numerator, _literal(Fraction(constant // ratio.constant)))
        for variable in distinct:
            if variable != ratio.variable:
                numerator = _times(numerator, f"({variable})")
        numerators.append(numerator)
    return numerators, constant, " * ".join(f"({variable})" for variable in distinct) or None


def _positive(ratio: _Ratio) -> _Ratio:
    """The same with a denominator above zero."""
    if ratio.variable is None or ratio.positive:
        return ratio
    numerator = _times(ratio.numerator, f"sign({ratio.variable})")
    return _Ratio(numerator, ratio.constant, f"abs({ratio.variable})", positive=True)


def _denominator(ratio: _Ratio) -> str:
    constant = _literal(Fraction(ratio.constant))
    return constant if ratio.variable is None else _times(constant, f"({ratio.variable})")
