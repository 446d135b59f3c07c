"""How an amount came about, as a small document kept with every charge.

The same document is made here by Python for one line and by the bill run's SQL for a million. So it is flat, holds
facts and not results (the charge has its own period, gross, discount and amount), and every key is there or missing by a
rule that SQL can follow.

**Decimals** are JSON strings in normal form: no exponent, no trailing zeros behind the point, no bare point, no minus
zero, as PostgreSQL gives for ``trim_scale(x)::text`` (``"2.8"``, ``"380"``, ``"0"``). **Dates** are ISO strings.
**Counts** are JSON integers. A key named "only when" is left out otherwise, never null.

A charge for a period (bases flat, area, headcount, formula)::

    {"k": "area", "d": "10",
     "parts": [{"v": "2020-01-01", "n": 2, "p": [[16, 31]], "area": "89.5", "rate": "2.8"}]}

``k``      the basis: ``flat``, ``area``, ``headcount`` or ``formula``
``d``      only when not 0: the discount in percent
``parts``  one for each stretch of months priced alike, in order of time. A new part begins with the first month whose
           version, or whose row of a dated fact that the price uses, is another one than the month before had (another
           row, be the value the same or not). A month takes what is in force on its first billed day.

Each part holds

``v``          ``valid_from`` of the tariff's version
``n``          how many months count as a whole one (share exactly 1 because the whole month is billed; with proration
               ``none`` every month that is touched)
``p``          the other months in order of time, each ``[numerator, denominator]`` of its share: ``actual`` [days, days
               in that month], ``thirty`` [min(days, 30), 30], ``none`` never any; an empty list where there are none
``rate``       basis flat, area and headcount always, formula only when the expression names it: own rate, else the
               version's
``area``       basis area always, formula only when the expression names it (m²)
``occupants``  basis headcount always, formula only when named
``rent``       formula only when named: rent a month (yuan)
``floor``      formula only when named
``f``          basis formula only: the version's expression as stored

A charge for consumption::

    {"k": "metered", "v": "2026-06-01", "from": "99810.5", "to": "10.5", "x": "1.5", "w": 5, "q": "300",
     "tiers": "2880:0.4983;4800:0.5483;*:0.7983", "s": "2688", "d": "10"}

``v``      ``valid_from`` of the version in force on the later reading's date
``from``   the earlier reading's value; ``to`` the later one's (the dates are the charge's start and end)
``x``      the multiplier
``w``      only when the later reading is a rollover: the number of digits
``q``      the consumption
``rate``   the own rate or the version's, where one price goes for all
``tiers``  instead of ``rate``, where tiers price it: the version's tiers in normal form (``Tiers.text``)
``s``      only with ``tiers`` of scope ``year``: what the year had consumed before this interval
``d``      as above

A one-off charge::

    {"k": "once", "rate": "80", "x": "2"}

``rate``   yuan a piece; ``x`` how many pieces
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NAMES = ("rate", "area", "occupants", "rent", "floor")
"""The facts a part can hold, and the names a formula knows."""


def decimal_text(value: Decimal | int) -> str:
    """A decimal in the document's normal form, equal to PostgreSQL's ``trim_scale(value)::text``."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of months priced alike.

    Attributes:
        version: first day of the version that prices them.
        whole: months that count as a whole one.
        partial: shares of the other months as (numerator, denominator), in order of time.
        values: the facts that the price uses, by name (see ``NAMES``).
        formula: the expression, basis formula only.
    """

    version: date
    whole: int
    partial: tuple[tuple[int, int], ...]
    values: Mapping[str, Decimal] = field(default_factory=dict)
    formula: str | None = None

    def document(self) -> dict[str, Any]:
        """The part as JSON."""
        made: dict[str, Any] = {
            "v": self.version.isoformat(),
            "n": self.whole,
            "p": [list(share) for share in self.partial],
        }
        made |= {name: decimal_text(value) for name, value in self.values.items()}
        if self.formula is not None:
            made["f"] = self.formula
        return made


@dataclass(frozen=True, slots=True)
class PeriodDerivation:
    """How a period's gross came about; ``discount`` in percent."""

    basis: str
    parts: tuple[Part, ...]
    discount: Decimal = Decimal(0)

    def document(self) -> dict[str, Any]:
        """The derivation as JSON."""
        made: dict[str, Any] = {"k": self.basis, "parts": [part.document() for part in self.parts]}
        if self.discount:
            made["d"] = decimal_text(self.discount)
        return made


@dataclass(frozen=True, slots=True)
class MeteredDerivation:
    """How a consumption's gross came about.

    Attributes:
        version: first day of the version in force on the later reading's date.
        previous: the earlier reading's value.
        value: the later reading's value.
        multiplier: units of consumption for one of the dial.
        digits: how many digits the dial has, only when it rolled over.
        consumption: what is priced.
        rate: the price of one unit, None where tiers price it.
        tiers: the tiers in normal form, None where a rate prices it.
        standing: what the year had consumed before, only with tiers of scope year.
        discount: in percent.
    """

    version: date
    previous: Decimal
    value: Decimal
    multiplier: Decimal
    consumption: Decimal
    digits: int | None = None
    rate: Decimal | None = None
    tiers: str | None = None
    standing: Decimal | None = None
    discount: Decimal = Decimal(0)

    def document(self) -> dict[str, Any]:
        """The derivation as JSON."""
        made: dict[str, Any] = {
            "k": "metered",
            "v": self.version.isoformat(),
            "from": decimal_text(self.previous),
            "to": decimal_text(self.value),
            "x": decimal_text(self.multiplier),
            "q": decimal_text(self.consumption),
        }
        if self.digits is not None:
            made["w"] = self.digits
        if self.rate is not None:
            made["rate"] = decimal_text(self.rate)
        if self.tiers is not None:
            made["tiers"] = self.tiers
        if self.standing is not None:
            made["s"] = decimal_text(self.standing)
        if self.discount:
            made["d"] = decimal_text(self.discount)
        return made


@dataclass(frozen=True, slots=True)
class OnceDerivation:
    """How a one-off charge came about: yuan a piece, and how many pieces."""

    rate: Decimal
    quantity: Decimal

    def document(self) -> dict[str, Any]:
        """The derivation as JSON."""
        return {"k": "once", "rate": decimal_text(self.rate), "x": decimal_text(self.quantity)}


Derivation = PeriodDerivation | MeteredDerivation | OnceDerivation


def read(document: Mapping[str, Any]) -> Derivation:
    """The derivation that a charge keeps as JSON.

    Raises:
        KeyError, ValueError: the document is none of ours.
    """
    if document["k"] == "once":
        return OnceDerivation(Decimal(document["rate"]), Decimal(document["x"]))
    discount = Decimal(document.get("d", "0"))
    if document["k"] == "metered":
        return MeteredDerivation(
            version=date.fromisoformat(document["v"]),
            previous=Decimal(document["from"]),
            value=Decimal(document["to"]),
            multiplier=Decimal(document["x"]),
            consumption=Decimal(document["q"]),
            digits=document.get("w"),
            rate=_optional(document.get("rate")),
            tiers=document.get("tiers"),
            standing=_optional(document.get("s")),
            discount=discount,
        )
    parts = tuple(
        Part(
            version=date.fromisoformat(part["v"]),
            whole=part["n"],
            partial=tuple((share[0], share[1]) for share in part["p"]),
            values={name: Decimal(part[name]) for name in NAMES if name in part},
            formula=part.get("f"),
        )
        for part in document["parts"]
    )
    return PeriodDerivation(basis=document["k"], parts=parts, discount=discount)


def _optional(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
