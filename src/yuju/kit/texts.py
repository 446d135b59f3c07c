"""The translated texts: found in the source, kept in each room's catalogue, compiled for Django.

Pure Python, so that a machine without the gettext tools can build and check them. Message ids of templates
come from Django's own lexer and its translation tags, and so are exactly what Django asks for when it renders.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LOCALE = "zh_Hans"

# Where each function of django.utils.translation has its arguments: (context, message, plural); None where it has none.
_FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_IN_TEMPLATE = re.compile(r"""\b_\((?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\)""")
_HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff”）])[,;!?]")
"""Punctuation that Chinese has of its own. No colon: tiers are typed as 180:5.00."""
_PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[\d.]*[sdrf]|\{\w*(?:![rsa])?(?::[^{}]*)?\}")


@dataclass(frozen=True)
class Text:
    """One text as the program asks for it."""

    message: str
    plural: str | None
    context: str | None
    place: str
    """The file, from the source folder, that asks first; line numbers would only make noise in the catalogues."""

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.message


@dataclass(frozen=True)
class Fault:
    """Something wrong with a text.

    `kind` is one of missing, empty, fuzzy, stale, placeholders, punctuation, conflict, unreadable.
    """

    kind: str
    place: str
    message: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.message!r}" + (f" ({self.detail})" if self.detail else "")


class UnreadableText(ValueError):  # noqa: N818 - what it is, not that it failed
    """A text that can't be extracted, such as an f-string in `gettext`."""


def texts_of_python(source: str, place: str) -> Iterator[Text]:
    """The texts of a Python file: calls of what it imports from `django.utils.translation`, under whatever name.

    Raises:
        UnreadableText: for an f-string, whose words are gone before they can be looked up.
    """
    tree = ast.parse(source)
    names: dict[str, str] = {}
    modules: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "django.utils.translation":
            names.update({a.asname or a.name: a.name for a in node.names if a.name in _FUNCTIONS})
        elif node.module == "django.utils":
            modules.update(a.asname or a.name for a in node.names if a.name == "translation")
    if not names and not modules:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function: str | None = None
        if isinstance(node.func, ast.Name):
            function = names.get(node.func.id)
        elif (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in modules
            and node.func.attr in _FUNCTIONS
        ):
            function = node.func.attr
        if function is None:
            continue
        context, message, plural = (
            None if index is None else _literal(node, index, place) for index in _FUNCTIONS[function]
        )
        if message is not None:
            yield Text(message, plural, context, place)


def _literal(call: ast.Call, index: int, place: str) -> str | None:
    if index >= len(call.args):
        return None
    argument = call.args[index]
    if isinstance(argument, ast.JoinedStr):
        raise UnreadableText(f"{place}:{argument.lineno}: an f-string can't be translated")
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def texts_of_template(source: str, place: str) -> Iterator[Text]:
    """The texts of a Django template: `translate`, `blocktranslate` and `_("…")` in any tag or variable.

    Raises:
        UnreadableText: when a translation tag has a mistake.
    """
    from django.template.base import Lexer, Parser, TokenType
    from django.template.exceptions import TemplateSyntaxError
    from django.templatetags import i18n

    class LenientParser(Parser):
        """Knows no filter and accepts all: only the words of a tag matter here."""

        def find_filter(self, filter_name: str) -> Any:
            return lambda value, arg=None: value

    parser = LenientParser(Lexer(source).tokenize())
    parser.tags.clear()
    try:
        while parser.tokens:
            token = parser.next_token()
            if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
                continue
            for double, single in _IN_TEMPLATE.findall(token.contents):
                yield Text(_unescape(double or single).replace("%", "%%"), None, None, place)
            if token.token_type == TokenType.VAR:
                continue
            tag = token.contents.split(None, 1)[0] if token.contents.strip() else ""
            if tag == "comment":
                parser.skip_past("endcomment")
            elif tag in ("translate", "trans"):
                node: Any = i18n.do_translate(parser, token)
                if (message := _constant(node.filter_expression)) is not None:
                    # As `Variable.resolve` doubles the percent signs before it asks.
                    yield Text(message.replace("%", "%%"), None, _constant(node.message_context), place)
            elif tag in ("blocktranslate", "blocktrans"):
                block: Any = i18n.do_block_translate(parser, token)
                message, _names = block.render_token_list(block.singular)
                plural = block.render_token_list(block.plural)[0] if block.plural and block.countervar else None
                yield Text(message, plural, _constant(block.message_context), place)
    except TemplateSyntaxError as error:
        raise UnreadableText(f"{place}: {error}") from error


def _constant(expression: Any) -> str | None:
    """The words of a filter expression that is a literal; None for a variable or nothing."""
    value = getattr(expression, "var", None)
    literal = value if isinstance(value, str) else getattr(value, "literal", None)
    return str(literal) if isinstance(literal, str) else None


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def texts_of_room(room: Path) -> tuple[list[Text], list[Fault]]:
    """Every text a room asks for, each once, in the order of its files; and what could not be read."""
    found: dict[tuple[str | None, str], Text] = {}
    faults: list[Fault] = []
    for path in sorted(room.rglob("*")):
        inside = path.relative_to(room)
        if path.suffix == ".py":
            read = texts_of_python
        elif path.suffix in (".html", ".txt") and "templates" in inside.parts:
            read = texts_of_template
        else:
            continue
        place = str(path.relative_to(room.parent))
        try:
            for text in read(path.read_text(encoding="utf-8"), place):
                known = found.get(text.key)
                if known is None or (text.plural is not None and known.plural is None):
                    found[text.key] = text
        except (UnreadableText, SyntaxError, UnicodeDecodeError) as error:
            faults.append(Fault("unreadable", place, str(error)))
    return list(found.values()), faults


def rooms(source: Path, only: Sequence[str] = ()) -> list[Path]:
    """The rooms of a source folder: its packages, or those of them that are named."""
    return sorted(p for p in source.iterdir() if (p / "__init__.py").exists() and (not only or p.name in only))


def catalogue_path(room: Path) -> Path:
    """Where a room keeps its Simplified Chinese."""
    return room / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def read_catalogue(path: Path) -> Catalog:
    """A catalogue from its file; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=LOCALE, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, charset="utf-8", abort_invalid=True)


def check(source: Path, only: Sequence[str] = ()) -> list[Fault]:
    """What keeps the Chinese of each room (or of those named) from being complete and true; nothing when all is well.

    The catalogues are one at run time: two translations of one text and context are a conflict.
    """
    faults: list[Fault] = []
    chosen: dict[tuple[str | None, str], tuple[Any, str]] = {}
    for room in rooms(source, only):
        texts, unreadable = texts_of_room(room)
        faults += unreadable
        path = catalogue_path(room)
        place = str(path.relative_to(source))
        try:
            catalogue = read_catalogue(path)
        except Exception as error:
            faults.append(Fault("unreadable", place, str(error)))
            continue
        entries = {(m.context, _first(m.id)): m for m in catalogue if m.id}
        for text in texts:
            entry = entries.pop(text.key, None)
            if entry is None or (text.plural or _first(entry.id)) != _last(entry.id):
                faults.append(Fault("missing", text.place, text.message, f"not in {place}"))
                continue
            fault = _fault_of_entry(text, entry)
            if fault is not None:
                faults.append(fault)
                continue
            earlier = chosen.setdefault(text.key, (entry.string, place))
            if earlier[0] != entry.string:
                faults.append(Fault("conflict", place, text.message, f"{earlier[1]} says {earlier[0]!r}"))
        faults += [Fault("stale", place, message) for _context, message in entries]
    return faults


def _first(message_id: Any) -> str:
    return str(message_id if isinstance(message_id, str) else message_id[0])


def _last(message_id: Any) -> str:
    return str(message_id if isinstance(message_id, str) else message_id[-1])


def _fault_of_entry(text: Text, entry: Any) -> Fault | None:
    strings = [entry.string] if isinstance(entry.string, str) else list(entry.string)
    if not strings or not all(s and s.strip() for s in strings):
        return Fault("empty", text.place, text.message)
    if entry.fuzzy:
        return Fault("fuzzy", text.place, text.message)
    wanted = _placeholders(text.plural or text.message)
    for string in strings:
        if (got := _placeholders(string)) != wanted:
            detail = f"{' '.join(wanted) or 'none'} in the source, {' '.join(got) or 'none'} in {string!r}"
            return Fault("placeholders", text.place, text.message, detail)
        if found := _HALF_WIDTH.search(string):
            return Fault("punctuation", text.place, text.message, f"half-width {found[0]!r} in {string!r}")
    return None


def _placeholders(text: str) -> list[str]:
    """What is filled in, in no order: Chinese turns sentences round, which only named ones allow."""
    found = _PLACEHOLDER.findall(text.replace("%%", ""))
    positional = [p for p in found if p.startswith("%") and not p.startswith("%(")]
    return positional + sorted(set(found) - set(positional))


def update(source: Path, only: Sequence[str] = ()) -> list[Path]:
    """Brings each room's catalogue up to date: new texts with an empty translation at the end, gone ones removed.

    Entries that stay keep their order and translation. Returns the files that changed.
    """
    changed: list[Path] = []
    for room in rooms(source, only):
        texts, _unreadable = texts_of_room(room)
        path = catalogue_path(room)
        if not texts and not path.exists():
            continue
        old = read_catalogue(path)
        wanted = {text.key: text for text in texts}
        new = Catalog(locale=LOCALE, charset="utf-8", fuzzy=False)
        kept = [(m.context, _first(m.id)) for m in old if m.id]
        entries = {(m.context, _first(m.id)): m for m in old if m.id}
        for key in [k for k in kept if k in wanted] + [k for k in wanted if k not in entries]:
            text, entry = wanted[key], entries.get(key)
            string: Any = "" if entry is None else entry.string
            if text.plural is not None and isinstance(string, str):
                string = (string,)
            elif text.plural is None and not isinstance(string, str):
                string = string[0]
            new.add(
                text.message if text.plural is None else (text.message, text.plural),
                string,
                locations=[(text.place, 1)],
                flags=() if entry is None else entry.flags,
                user_comments=() if entry is None else entry.user_comments,
                context=text.context,
            )
        if _write_catalogue(path, new):
            changed.append(path)
    return changed


def _write_catalogue(path: Path, catalogue: Catalog) -> bool:
    """Writes the entries under a short header that never changes by itself; False when the file has them already."""
    body = BytesIO()
    write_po(body, catalogue, width=120, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    content = (header + body.getvalue().decode("utf-8").strip() + "\n").encode("utf-8")
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def compile_texts(source: Path) -> list[Path]:
    """Makes the `.mo` file of every catalogue that is newer than it. Returns the files written."""
    written: list[Path] = []
    for room in rooms(source):
        path = catalogue_path(room)
        compiled = path.with_suffix(".mo")
        if not path.exists() or (compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns):
            continue
        catalogue = read_catalogue(path)
        partial = compiled.with_name(f".{compiled.name}.partial")
        with partial.open("wb") as file:
            write_mo(file, catalogue)
        # Renamed in one go: a process that starts meanwhile reads the old file or the new, never half of one.
        partial.replace(compiled)
        written.append(compiled)
    return written
