"""Countries and territories by their code (ISO 3166-1, two letters), named in the language in force by the CLDR."""

from __future__ import annotations

from functools import cache

from babel import Locale
from django.utils.translation import get_language

_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""Two letters that the CLDR names besides: islands without a code of their own, unions, and what stands for none."""


def country_name(code: str) -> str:
    """What a country is called; the code itself where it is none."""
    return _names(get_language() or "").get(code, code)


def countries() -> list[tuple[str, str]]:
    """Every code with its name, by name; China first."""
    names = _names(get_language() or "")
    return sorted(names.items(), key=lambda one: (one[0] != "CN", one[1]))


@cache
def _names(language: str) -> dict[str, str]:
    locale = Locale.parse("zh_Hans" if language.startswith("zh") else "en")
    return {
        code: name
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
