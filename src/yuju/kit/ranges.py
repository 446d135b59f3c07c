"""SQL expressions for exclusion constraints, without any database extension."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, Value


def same(field: str) -> Func:
    """`field` as a range of one number, so that GiST can compare it without btree_gist."""
    return Func(F(field), F(field), Value("[]"), function="int8range")


def days(start: str, end: str, bounds: str = "[]") -> Func:
    """The days from one date column to another; an empty end is open."""
    return Func(F(start), F(end), Value(bounds), function="daterange")


OVERLAPS: Any = "&&"
