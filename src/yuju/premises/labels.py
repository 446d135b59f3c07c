"""What places are called and how lists order them: one way for forms, imports and bulk work."""

from __future__ import annotations

from yuju.kit.pinyin import sort_key

LABEL_LENGTH = 120
SORT_LENGTH = 160


def unit_label(building: str, entrance: str, number: str) -> str:
    """What people call a unit: `3栋1602`, `1-2-1003`. A part that ends in a Chinese character needs no dash after it."""
    label = ""
    for part in (building, entrance, number):
        if label and part and label[-1].isascii():
            label += "-"
        label += part
    return label[:LABEL_LENGTH]


def place_sort_key(*parts: str) -> str:
    """The key a list of places sorts by: numbers by value, Chinese by pinyin, a missing part before every other."""
    return "|".join(sort_key(part, name=False) for part in parts)[:SORT_LENGTH]
