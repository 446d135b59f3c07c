"""How Word says that something looks: what stands at the place itself, then its styles, then the defaults of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from docx.oxml.ns import qn

from yuju.kit.word.tree import Look

TWIP = 20
"""Twentieths of a point, in which Word gives lengths."""
_LINES = 240
_NO = ("0", "false", "off", "none", "nil")


def value(element: Any, name: str, attribute: str = "w:val") -> str | None:
    """An attribute of a child; None where there is no such child. Without the attribute a child means "true"."""
    found = element.find(qn(name)) if element is not None else None
    if found is None:
        return None
    return str(found.get(qn(attribute), "true"))


def points(element: Any, attribute: str, otherwise: float = 0.0) -> float:
    """A length in points."""
    given = element.get(qn(attribute)) if element is not None else None
    try:
        return float(given) / TWIP if given is not None else otherwise
    except ValueError:
        return otherwise


class Styles:
    """The styles of a document and their ancestors."""

    def __init__(self, document: Any) -> None:
        root = document.styles.element
        self._styles = {one.get(qn("w:styleId")): one for one in root.findall(qn("w:style"))}
        self._usual = {
            one.get(qn("w:type")): one.get(qn("w:styleId"))
            for one in self._styles.values()
            if one.get(qn("w:default")) in ("1", "true")
        }
        defaults = root.find(qn("w:docDefaults"))
        self._run = _within(defaults, "w:rPrDefault", "w:rPr")
        self._paragraph = _within(defaults, "w:pPrDefault", "w:pPr")

    def paragraph_properties(self, paragraph: Any, table_style: str | None = None) -> list[Any]:
        """What says how a paragraph looks, the nearest first."""
        own = paragraph.find(qn("w:pPr"))
        named = value(own, "w:pStyle") or self._usual.get("paragraph")
        found = [own, *(style.find(qn("w:pPr")) for style in self._chain(named))]
        found += [style.find(qn("w:pPr")) for style in self._chain(table_style)]
        return [one for one in (*found, self._paragraph) if one is not None]

    def run_look(self, run: Any, paragraph: Any, table_style: str | None = None) -> tuple[Look, list[Any]]:
        """How a run looks, and the properties that say so."""
        own = run.find(qn("w:rPr"))
        named = value(paragraph.find(qn("w:pPr")), "w:pStyle") or self._usual.get("paragraph")
        chain = [own, *(s.find(qn("w:rPr")) for s in self._chain(value(own, "w:rStyle")))]
        chain += [s.find(qn("w:rPr")) for s in self._chain(named)]
        chain += [s.find(qn("w:rPr")) for s in self._chain(table_style)]
        properties = [one for one in (*chain, self._run) if one is not None]
        return _look(properties), properties

    def heading(self, paragraph: Any) -> int:
        """1 to 6 for a heading, 0 otherwise."""
        level = first(self.paragraph_properties(paragraph), "w:outlineLvl")
        return int(level) + 1 if level is not None and level.isdecimal() and int(level) < 6 else 0

    def table_lines(self, table: Any) -> tuple[str | None, bool]:
        """A table's style, and whether its cells have lines around them."""
        properties = table.find(qn("w:tblPr"))
        named = value(properties, "w:tblStyle") or self._usual.get("table")
        places = [properties, *(style.find(qn("w:tblPr")) for style in self._chain(named))]
        for borders in (place.find(qn("w:tblBorders")) for place in places if place is not None):
            if borders is not None:
                return named, any(line.get(qn("w:val"), "none") not in _NO for line in borders)
        return named, False

    def _chain(self, name: str | None) -> Iterator[Any]:
        seen: set[str] = set()
        while name is not None and name in self._styles and name not in seen:
            seen.add(name)
            yield self._styles[name]
            name = value(self._styles[name], "w:basedOn")


def first(properties: list[Any], name: str, attribute: str = "w:val") -> str | None:
    """What the nearest of several properties says."""
    return next((found for one in properties if (found := value(one, name, attribute)) is not None), None)


def holds(properties: list[Any], name: str) -> bool:
    """Whether something like bold or hidden is switched on."""
    said = first(properties, name)
    return said is not None and said not in _NO


def _look(properties: list[Any]) -> Look:
    look = Look()
    size = first(properties, "w:sz")
    if size is not None and size.replace(".", "", 1).isdecimal():
        look = replace(look, size=min(max(float(size) / 2, 4.0), 96.0))
    elif size is None:
        look = replace(look, size=10.0)
    colour = first(properties, "w:color") or ""
    raised = {"superscript": 1, "subscript": -1}.get(first(properties, "w:vertAlign") or "", 0)
    return replace(
        look,
        bold=holds(properties, "w:b"),
        italic=holds(properties, "w:i"),
        underline=holds(properties, "w:u"),
        strike=holds(properties, "w:strike") or holds(properties, "w:dstrike"),
        colour=hex_colour(colour) if colour != "000000" else "",
        raised=raised,
    )


def hex_colour(given: str) -> str:
    """A colour as `#14606e`; empty for what is none, such as `auto`."""
    is_one = len(given) == 6 and all(sign in "0123456789abcdefABCDEF" for sign in given)
    return f"#{given.lower()}" if is_one else ""


def spacing(properties: list[Any], size: float) -> dict[str, float]:
    """Indents, distances and the height of lines of a paragraph whose text has a size."""
    found: dict[str, float] = {}
    for name, (child, attribute) in {
        "left": ("w:ind", "w:left"),
        "right": ("w:ind", "w:right"),
        "before": ("w:spacing", "w:before"),
        "after": ("w:spacing", "w:after"),
    }.items():
        found[name] = _length(first_said(properties, child, attribute))
    hanging = _length(first_said(properties, "w:ind", "w:hanging"))
    found["first"] = -hanging if hanging else _length(first_said(properties, "w:ind", "w:firstLine"))
    # Chinese Word counts indents and distances in characters and lines; they win over lengths.
    for name, attribute in (("left", "w:leftChars"), ("first", "w:firstLineChars")):
        characters = first_said(properties, "w:ind", attribute)
        if characters not in (None, "0"):
            found[name] = _number(characters) / 100 * size
    line = _number(first_said(properties, "w:spacing", "w:line") or str(_LINES))
    exact = first_said(properties, "w:spacing", "w:lineRule") in ("exact", "atLeast")
    found["line"] = -max(line / TWIP, size) if exact else max(line / _LINES, 0.7)
    return found


def first_said(properties: list[Any], child: str, attribute: str) -> str | None:
    """The nearest that says an attribute at all: one place may give the left indent and another the right one."""
    for one in properties:
        found = one.find(qn(child))
        if found is not None and found.get(qn(attribute)) is not None:
            return str(found.get(qn(attribute)))
    return None


def _length(given: str | None) -> float:
    return _number(given) / TWIP


def _number(given: str | None) -> float:
    try:
        return float(given or 0)
    except ValueError:
        return 0.0


def _within(element: Any, *names: str) -> Any:
    for name in names:
        element = element.find(qn(name)) if element is not None else None
    return element
