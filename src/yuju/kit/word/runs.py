"""What stands in a paragraph: runs of text, line breaks, numbers of pages, pictures in the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from docx.oxml.ns import qn

from yuju.kit.word.looks import holds
from yuju.kit.word.tree import BREAK, NEW_PAGE, PAGE, PAGES, TAB, Look, Piece

_SILENT = {"pPr", "bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd", "sdtPr", "sdtEndPr", "smartTagPr"}
_SILENT_IN_RUN = {"rPr", "lastRenderedPageBreak", "softHyphen", "fldData", "annotationRef"}
_INSIDE = {"hyperlink", "smartTag", "sdtContent", "customXml", "dir", "bdo"}
_SIGNS = {"tab": TAB, "ptab": TAB, "cr": BREAK}


def local(element: Any) -> str:
    """The name of an element without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


@dataclass
class Runs:
    """Reads one paragraph.

    Attributes:
        look: how a run looks, with the properties that say so.
        fault: told what is wrong, what to do, and the code.
        picture: the JPEG of a picture in the line with its width in points, or None where it is none.
    """

    look: Callable[[Any], tuple[Look, list[Any]]]
    fault: Callable[[str, str, str], None]
    picture: Callable[[Any], tuple[bytes, float] | None]
    _pieces: list[Piece] = field(default_factory=list)
    _field: list[str] = field(default_factory=list)
    """The instructions of the fields that are open; a result is passed over where the number is our own."""
    _result: list[bool] = field(default_factory=list)

    def read(self, paragraph: Any) -> tuple[Piece, ...]:
        """The pieces of a paragraph; neighbours of one look are one."""
        self._inside(paragraph)
        joined: list[Piece] = []
        for piece in self._pieces:
            last = joined[-1] if joined else None
            plain = last is not None and not (last.sign or last.image or piece.sign or piece.image)
            if last is not None and plain and last.look == piece.look:
                joined[-1] = Piece(last.text + piece.text, piece.look)
            else:
                joined.append(piece)
        return tuple(joined)

    def _inside(self, parent: Any) -> None:
        for child in parent:
            name = local(child)
            if name == "r":
                self._run(child)
            elif name in _INSIDE or name == "sdt":
                self._inside(child)
            elif name == "fldSimple":
                number = _page_number(str(child.get(qn("w:instr"), "")))
                if number:
                    run = child.find(qn("w:r"))
                    self._pieces.append(Piece("", self.look(run if run is not None else child)[0], number))
                else:
                    self._inside(child)
            elif name in ("ins", "del", "moveFrom", "moveTo"):
                self.fault(_("Tracked changes"), _("Accept or reject all changes in Word."), "changes")
            elif name.startswith("comment"):
                self.fault(_("A comment"), _("Delete the comments."), "comment")
            elif name in ("oMath", "oMathPara"):
                self.fault(_("A formula"), _("Write it as text."), "formula")
            elif name and name not in _SILENT and not name.endswith(("RangeStart", "RangeEnd")):
                self.fault(_("Something that cannot be printed: %(name)s") % {"name": name}, _("Take it out."), name)

    def _run(self, run: Any) -> None:
        look, properties = self.look(run)
        if holds(properties, "w:vanish"):
            if any(local(one) in ("t", "drawing", "pict", "sym") for one in run):
                self.fault(_("Hidden text"), _("Show it or delete it."), "hidden")
            return
        capitals = holds(properties, "w:caps")
        for child in run:
            self._in_run(child, local(child), look, capitals)

    def _in_run(self, child: Any, name: str, look: Look, capitals: bool) -> None:
        if name == "fldChar":
            self._field_mark(str(child.get(qn("w:fldCharType"))), look)
        elif name == "instrText":
            if self._field:
                self._field[-1] += child.text or ""
        elif self._is_passed_over():
            return
        elif name in ("t", "noBreakHyphen"):
            text = "-" if name == "noBreakHyphen" else child.text or ""
            self._pieces.append(Piece(text.upper() if capitals else text, look))
        elif name in _SIGNS:
            self._pieces.append(Piece("", look, _SIGNS[name]))
        elif name == "br":
            self._pieces.append(Piece("", look, NEW_PAGE if child.get(qn("w:type")) == "page" else BREAK))
        elif name in ("pgNum", "page"):
            self._pieces.append(Piece("", look, PAGE))
        elif name in ("drawing", "AlternateContent", "pict", "object", "sym"):
            self._special(child, name, look)
        elif name in ("footnoteReference", "endnoteReference"):
            self.fault(_("A footnote"), _("Move it into the text."), "footnote")
        elif name == "commentReference":
            self.fault(_("A comment"), _("Delete the comments."), "comment")
        elif name in ("delText", "delInstrText"):
            self.fault(_("Tracked changes"), _("Accept or reject all changes in Word."), "changes")
        elif name and name not in _SILENT_IN_RUN:
            self.fault(_("Something that cannot be printed: %(name)s") % {"name": name}, _("Take it out."), name)

    def _field_mark(self, kind: str, look: Look) -> None:
        if kind == "begin":
            self._field.append("")
            self._result.append(False)
        elif kind == "separate" and self._field:
            self._result[-1] = True
        elif kind == "end" and self._field:
            number = _page_number(self._field.pop())
            self._result.pop()
            if number:
                self._pieces.append(Piece("", look, number))

    def _is_passed_over(self) -> bool:
        """Inside a field: before its result, and in the result of a page's number, which is counted anew."""
        return any(not shown or _page_number(said) for said, shown in zip(self._field, self._result, strict=True))

    def _special(self, child: Any, name: str, look: Look) -> None:
        found = {local(one) for one in child.iter()}
        if "txbxContent" in found or "textbox" in found:
            self.fault(_("A text box"), _("Write its text into a paragraph or a table."), "text_box")
        elif name == "sym":
            font = child.get(qn("w:font"), "")
            self.fault(
                _("A sign of the font %(font)s") % {"font": font},
                _("Use a sign such as □, ☑ or ※ from Insert › Symbol, normal text."),
                "symbol",
            )
        elif name == "object" or "OLEObject" in found:
            self.fault(_("An object of another program"), _("Write it as text or as a table."), "object")
        elif "anchor" in found or name in ("pict", "AlternateContent"):
            self.fault(
                _("A picture or a shape that floats over the text"),
                _("Set its layout to “In line with text”, or take it out."),
                "floating",
            )
        else:
            picture = self.picture(child)
            if picture is None:
                self.fault(
                    _("A chart or a picture that is neither PNG nor JPEG"),
                    _("Put it in as PNG or JPEG, in line with text."),
                    "picture",
                )
            else:
                self._pieces.append(Piece("", look, image=picture[0], width=picture[1]))


def _page_number(instruction: str) -> str:
    words = instruction.split()
    return {"PAGE": PAGE, "NUMPAGES": PAGES, "SECTIONPAGES": PAGES}.get(words[0].upper(), "") if words else ""
