"""What meters are called and count, and numbers as they are typed."""

from __future__ import annotations

from decimal import Decimal

from django import template

from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind

register = template.Library()


@register.simple_tag
def meter_name(kind: str) -> str:
    """What a meter measures."""
    return str(MeterKind(kind).label)


@register.simple_tag
def meter_unit(kind: str) -> str:
    """What a meter of this kind counts: kWh or m³."""
    return UNITS_OF_MEASURE[MeterKind(kind)]


@register.filter
def plain(value: Decimal) -> str:
    """A number as it is typed: without separators and empty decimals."""
    return f"{value.normalize():f}"
