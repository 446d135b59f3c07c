"""The ways to sign of this installation: on paper and on screen, which come with the product, and what else is installed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from yuju.residency.e_signature.paper import Paper
from yuju.residency.e_signature.screen import Screen
from yuju.residency.ports import SIGNING, ESignature

PAPER, SCREEN = Paper.code, Screen.code


@cache
def e_signatures() -> Mapping[str, ESignature]:
    """The drivers by their codes."""
    drivers: list[ESignature] = [Paper(), Screen(), *(point.load()() for point in entry_points(group=SIGNING))]
    return {driver.code: driver for driver in drivers}
