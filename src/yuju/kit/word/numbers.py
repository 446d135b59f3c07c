"""The numbers that Word puts before paragraphs of a list by itself: 1., 1.2, （一）, 第三条, •."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from yuju.kit.word.looks import value

_DIGITS = "〇一二三四五六七八九"
BULLETS = "•○■•○■•○■"
"""Word's own come from a font of signs; ours stand for them by the depth of the list."""


@dataclass
class Numbers:
    """Counts the paragraphs of a document's lists, in the order they are asked for."""

    document: Any
    _levels: dict[tuple[str, int], Any] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _lists: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        part = next(
            (rel.target_part for rel in self.document.part.rels.values() if rel.reltype.endswith("/numbering")), None
        )
        if part is None:
            return
        root = part.element
        drafts = {one.get(qn("w:abstractNumId")): one for one in root.findall(qn("w:abstractNum"))}
        for one in root.findall(qn("w:num")):
            number, draft = str(one.get(qn("w:numId"))), value(one, "w:abstractNumId") or ""
            starts: dict[int, int] = {}
            for override in one.findall(qn("w:lvlOverride")):
                start = value(override, "w:startOverride")
                if start is not None and start.lstrip("-").isdecimal():
                    starts[int(override.get(qn("w:ilvl"), "0"))] = int(start)
            self._lists[number] = (draft, starts)
            if draft in drafts:
                for level in drafts[draft].findall(qn("w:lvl")):
                    self._levels[(draft, int(level.get(qn("w:ilvl"), "0")))] = level

    def level(self, number: str, depth: int) -> Any:
        """What Word says of a level of a list: its properties, or None."""
        draft, _starts = self._lists.get(number, ("", {}))
        return self._levels.get((draft, depth))

    def take(self, number: str, depth: int) -> str:
        """What stands before the next paragraph of a list; empty where the list has no numbers."""
        draft, starts = self._lists.get(number, ("", {}))
        level = self.level(number, depth)
        if level is None:
            return ""
        # Lists that begin anew count by themselves; others of one draft go on.
        counts = self._counts.setdefault(number if starts else draft, {})
        counts[depth] = counts.get(depth, self._start(draft, depth, starts) - 1) + 1
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]
        kind = value(level, "w:numFmt") or "decimal"
        if kind == "bullet":
            return BULLETS[min(depth, len(BULLETS) - 1)]
        if kind == "none":
            return ""

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            of = self._levels.get((draft, place))
            count = counts.get(place, self._start(draft, place, starts))
            return _written(count, value(of, "w:numFmt") or "decimal")

        return re.sub(r"%([1-9])", shown, value(level, "w:lvlText") or "")

    def _start(self, draft: str, depth: int, starts: dict[int, int]) -> int:
        if depth in starts:
            return starts[depth]
        said = value(self._levels.get((draft, depth)), "w:start") or "1"
        return int(said) if said.isdecimal() else 1


def _written(count: int, kind: str) -> str:
    if kind in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographTraditional"):
        return _chinese(count)
    if kind == "decimalZero":
        return f"{count:02d}"
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in ("lowerRoman", "upperRoman"):
        return _roman(count) if kind == "upperRoman" else _roman(count).lower()
    if kind == "decimalEnclosedCircleChinese" or kind == "decimalEnclosedCircle":
        return chr(0x245F + count) if 1 <= count <= 20 else str(count)
    return str(count)


def _chinese(count: int) -> str:
    """A number below 1000 in Chinese."""
    if count < 10:
        return _DIGITS[count]
    if count < 20:
        return "十" + (_DIGITS[count - 10] if count > 10 else "")
    if count < 100:
        return _DIGITS[count // 10] + "十" + (_DIGITS[count % 10] if count % 10 else "")
    rest = count % 100
    return _DIGITS[count // 100] + "百" + ("" if not rest else "零" + _DIGITS[rest] if rest < 10 else _tens(rest))


def _tens(count: int) -> str:
    return _DIGITS[count // 10] + "十" + (_DIGITS[count % 10] if count % 10 else "")


def _roman(count: int) -> str:
    found = ""
    for size, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        while count >= size:
            found, count = found + sign, count - size
    return found
