"""Tariffs (收费标准): how a fee item is priced, and the dated versions of the price."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, FeeCategory, RunState
from yuju.billing.models import Charge, FeeItem, Tariff, TariffVersion
from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.tiers import parse_tiers
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row, set_fields

FROZEN = ("fee_item", "basis", "tier_scope", "cycle_months", "anchor", "timing", "proration", "rounding")
"""The terms that stay as they are once something was billed by them."""


@transaction.atomic
@edits
def tariff_create(
    *,
    property: Property,
    code: str,
    name: str,
    fee_item: FeeItem,
    basis: str,
    valid_from: date,
    rate: Decimal | None = None,
    tiers: str = "",
    formula: str = "",
    by: User | None,
    at: datetime,
    **terms: Any,
) -> Tariff:
    """Makes a tariff with its first price.

    Args:
        valid_from: the price's first day.
        rate: yuan a month, m² and month, person and month, or unit of consumption, as the basis says; None where
            each recurring charge brings its own.
        tiers, formula: as people write them.
        terms: the other fields of `Tariff`.

    Raises:
        Refused: the code is taken, or the price does not fit the basis; formulas and tiers name the place of the fault.
    """
    _refuse_once(fee_item, basis)
    price = price_of(basis=basis, rate=rate, tiers=tiers, formula=formula)
    made = Tariff(
        property=property, code=code.strip(), name=name.strip(), fee_item=fee_item, basis=basis, **_tidy(terms)
    )
    save_row(made, _taken(made.code))
    TariffVersion.objects.create(tariff=made, valid_from=valid_from, **price)
    return made


@transaction.atomic
@edits
def tariff_change(
    *, tariff: Tariff, code: str, name: str, fee_item: FeeItem, basis: str, by: User | None, at: datetime, **terms: Any
) -> Tariff:
    """Changes a tariff's terms; prices are versions of their own.

    Raises:
        Refused: the code is taken; or something was billed by this tariff, and one of the terms that are frozen then
            would change.
    """
    values = {"code": code.strip(), "name": name.strip(), "fee_item": fee_item, "basis": basis, **_tidy(terms)}
    frozen = [field for field in FROZEN if field in values and getattr(tariff, field) != values[field]]
    if frozen and tariff_is_billed(tariff):
        raise Refused(
            _(
                "Bills were issued by this tariff, so “%(term)s” stays as it is. Make a tariff with a new code, and end the "
                "recurring charges on this one."
            )
            % {"term": cast(Any, Tariff._meta.get_field(frozen[0])).verbose_name},
            field=frozen[0],
            code="billed",
        )
    if "basis" in frozen:
        # A price of another basis would mean something else.
        for version in tariff.versions.all():
            price_of(basis=basis, rate=version.rate, tiers=version.tiers, formula=version.formula)
    changes = set_fields(tariff, values)
    if changes:
        save_row(tariff, _taken(tariff.code))
    return tariff


@transaction.atomic
@edits
def tariff_version_add(
    *,
    tariff: Tariff,
    valid_from: date,
    rate: Decimal | None = None,
    tiers: str = "",
    formula: str = "",
    by: User | None,
    at: datetime,
) -> TariffVersion:
    """Adds a price from a day on. What was billed keeps its price; months billed from now on take the new one.

    Raises:
        Refused: there is a price from this day already, or the price does not fit the basis.
    """
    price = price_of(basis=tariff.basis, rate=rate, tiers=tiers, formula=formula)
    made = TariffVersion(tariff=tariff, valid_from=valid_from, **price)
    sentence = _("There is a price from %(day)s already. Choose another day.") % {"day": valid_from}
    save_row(made, {"tariff_version_once_a_day": ("valid_from", sentence)})
    return made


@transaction.atomic
@edits
def tariff_version_remove(*, version: TariffVersion, by: User | None, at: datetime) -> None:
    """Takes away a price that nothing was billed by, such as one entered by mistake.

    Raises:
        Refused: something was billed by it, or it is the tariff's only one.
    """
    tariff = version.tariff
    if tariff.versions.count() == 1:
        raise Refused(_("This is the tariff's only price."), code="only_version")
    if version_is_billed(version):
        raise Refused(_("Bills were issued by this price, so it stays."), code="billed")
    version.delete()


def tariff_is_billed(tariff: Tariff) -> bool:
    """Whether an issued run has charges by this tariff."""
    return Charge.objects.filter(tariff=tariff, run__state=RunState.ISSUED).exists()


def version_is_billed(version: TariffVersion) -> bool:
    """Whether an issued charge has days on which this price is in force."""
    charges = Charge.objects.filter(tariff=version.tariff, run__state=RunState.ISSUED, end__gte=version.valid_from)
    later = version.tariff.versions.filter(valid_from__gt=version.valid_from).order_by("valid_from").first()
    if later is not None:
        charges = charges.filter(start__lt=later.valid_from)
    return charges.exists()


def price_of(*, basis: str, rate: Decimal | None, tiers: str, formula: str) -> dict[str, Any]:
    """A price checked and in normal form, as the fields of a version.

    Raises:
        Refused: it does not fit the basis; a `TextFault` names the place in the formula or tiers.
    """
    if rate is not None and rate < 0:
        raise Refused(_("A price is 0 or more."), field="rate", code="negative")
    if basis == Basis.FORMULA:
        if not formula.strip():
            raise Refused(
                _("A formula is expected, such as area * rate or rent * 0.05."), field="formula", code="no_price"
            )
        parsed = parse_formula(formula)
        return {"rate": rate if "rate" in parsed.names else None, "tiers": "", "formula": parsed.text}
    if basis == Basis.METERED and tiers.strip():
        if rate is not None:
            raise Refused(_("Give either one price or tiers, not both."), field="tiers", code="price_twice")
        return {"rate": None, "tiers": parse_tiers(tiers).text(), "formula": ""}
    return {"rate": rate, "tiers": "", "formula": ""}


def _refuse_once(fee_item: FeeItem, basis: str) -> None:
    """What is billed again and again is no deposit, and one-off amounts have no tariff of people's making."""
    if basis == Basis.ONCE:
        raise Refused(_("A tariff is for what is billed again and again."), field="basis", code="once")
    if fee_item.category == FeeCategory.DEPOSIT:
        raise Refused(
            _("A deposit is asked for once, with the lease; no tariff bills it."), field="fee_item", code="once"
        )


def _tidy(terms: dict[str, Any]) -> dict[str, Any]:
    late = ("late_rate", "late_cap")
    for name in late:
        value = terms.get(name)
        if value is not None and not 0 <= value <= 1:
            raise Refused(_("This is 0 to 100 %."), field=name)
    return terms


def _taken(code: str) -> dict[str, tuple[str, str]]:
    sentence = _("The property has a tariff with the code %(code)s already.") % {"code": code}
    return {"tariff_code_once": ("code", sentence)}
