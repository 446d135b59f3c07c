"""The demo: an invented operator with one property, months of issued bills and a draft to review."""

from yuju.journeys.demo.making import OPERATOR_CODE, Made, demo_make

__all__ = ["OPERATOR_CODE", "Made", "demo_make"]
