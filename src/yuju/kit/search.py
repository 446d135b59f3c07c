"""The search box: things found by name, pinyin, initials, room, phone, plate or number.

Each thing has one row of keys (`SearchKey`). Whoever changes a thing indexes it anew in the same transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from yuju.kit.crypto import keyed_hash
from yuju.kit.identity_numbers import tidy
from yuju.kit.pinyin import plain, special_surname, syllables
from yuju.kit.tenancy import require_operator_id

_BATCH = 5000
_LONGEST = 60
_WORDS = 5
MATCHED_AT_MOST = 10_000
"""How many things of a kind a list is narrowed to; beyond it, it says so."""

_UPSERT = """
INSERT INTO kit_searchkey AS old (operator_id, kind, property_id, object_id, title, subtitle, keys)
SELECT %(operator)s, %(kind)s, property_id, object_id, title, subtitle, array_to_tsvector(string_to_array(keys, chr(31)))
FROM unnest(%(properties)s::bigint[], %(objects)s::bigint[], %(titles)s::text[], %(subtitles)s::text[], %(keys)s::text[])
    AS new (property_id, object_id, title, subtitle, keys)
ON CONFLICT (operator_id, kind, object_id) DO UPDATE
SET property_id = excluded.property_id, title = excluded.title, subtitle = excluded.subtitle, keys = excluded.keys
WHERE (old.property_id, old.title, old.subtitle, old.keys)
    IS DISTINCT FROM (excluded.property_id, excluded.title, excluded.subtitle, excluded.keys)
"""

_MORE = """
SELECT EXISTS (
    SELECT FROM unnest(%s::text[]) AS asked (kind)
    WHERE %s < (SELECT count(*) FROM yuju_search(%s, %s, ARRAY[asked.kind], NULL::bigint[], %s))
)
"""


@dataclass(frozen=True)
class Row:
    """One thing to be found, and what by.

    Attributes:
        property_id: where it is; None shows it to everybody of the operator.
        title, subtitle: how it is listed. They are stored as they are: mask what is personal.
        people: names of persons, whose first character is read as a surname.
        places: other names, of properties, buildings, tariffs.
        rooms: rooms as (building, unit) or (building, entrance, unit).
        secrets: phones and document numbers; kept as keyed hashes, found whole or by their last four.
        plates: number plates, found from any character on.
        numbers: contract numbers, bill numbers, meter serials; found from their start or from after a separator.
    """

    object_id: int
    title: str
    subtitle: str = ""
    property_id: int | None = None
    people: Sequence[str] = ()
    places: Sequence[str] = ()
    rooms: Sequence[Sequence[str]] = ()
    secrets: Sequence[str] = ()
    plates: Sequence[str] = ()
    numbers: Sequence[str] = ()

    def keys(self) -> set[str]:
        """Everything a search may match, each from its beginning."""
        found: set[str] = set()
        for names, of_people in ((self.people, True), (self.places, False)):
            for name in names:
                found.update(_name_keys(name, of_people=of_people))
        for room in self.rooms:
            found.update(_room_keys(room))
        for secret in self.secrets:
            typed = tidy(secret)
            found.update(_hashed(part) for part in (typed, typed[-4:]) if len(typed) >= 4)
        for plate in self.plates:
            typed = tidy(plate).lower()
            found.update(typed[i:] for i in range(max(len(typed) - 2, 1)))
        for number in self.numbers:
            typed = re.sub(r"\s", "", plain(number))
            found.update(typed[i:] for i in _starts(typed))
        return {key[:_LONGEST] for key in found if key}


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    kind: str
    object_id: int
    property_id: int | None
    title: str
    subtitle: str


def index(kind: str, rows: Iterable[Row]) -> int:
    """Writes the keys of things of one kind, new or changed; a statement for every 5,000.

    Returns how many rows were written: those that stayed the same are left alone.
    """
    prefix = f"{require_operator_id()}/"
    written = 0
    for batch in _batches(rows):
        # The last one counts where a thing comes twice: a statement may not meet one row two times.
        unique = list({row.object_id: row for row in batch}.values())
        arguments: dict[str, Any] = {
            "operator": require_operator_id(),
            "kind": kind,
            "properties": [row.property_id for row in unique],
            "objects": [row.object_id for row in unique],
            "titles": [row.title for row in unique],
            "subtitles": [row.subtitle for row in unique],
            "keys": ["\x1f".join(prefix + key for key in row.keys()) for row in unique],  # noqa: SIM118
        }
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, arguments)
            written += cursor.rowcount
    return written


def remove(kind: str, object_ids: Iterable[int]) -> None:
    """Takes things of one kind out of the search."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kit_searchkey WHERE operator_id = %s AND kind = %s AND object_id = ANY (%s)",
            [require_operator_id(), kind, list(object_ids)],
        )


def find(
    query: str,
    kinds: Sequence[str] | None = None,
    property_ids: Sequence[int] | None = None,
    limit: int = 20,
) -> list[Hit]:
    """What matches every word of a query: whole words first, then those that begin with it.

    Args:
        query: what was typed.
        kinds: the kinds to look among; None for all.
        property_ids: the properties the user may see; None for all. Things of no property are always found.
        limit: how many at most.
    """
    exact, prefixed = _query(query)
    if not exact:
        return []
    arguments = [
        exact,
        prefixed,
        None if kinds is None else list(kinds),
        None if property_ids is None else list(property_ids),
        limit,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM yuju_search(%s, %s, %s::text[], %s::bigint[], %s)", arguments)
        return [Hit(*row) for row in cursor.fetchall()]


def matching(query: str, kind: str) -> RawSQL:
    """The ids of what `find` would find, for a list to narrow by: `rows.filter(pk__in=matching("zs", "resident"))`.

    At most `MATCHED_AT_MOST`; whether that leaves any out, `more_match` says.
    """
    exact, prefixed = _query(query)
    if not exact:
        return RawSQL("SELECT object_id FROM kit_searchkey WHERE false", [])
    return RawSQL(
        "SELECT object_id FROM yuju_search(%s, %s, %s::text[], NULL::bigint[], %s)",
        [exact, prefixed, [kind], MATCHED_AT_MOST],
    )


def matching_of(query: str, *kinds: str) -> tuple[str, list[Any]]:
    """What `find` would find of several kinds, looked for once: SQL of rows (kind, object_id) and its parameters, to be put
    into a statement of one's own.

    One more than `MATCHED_AT_MOST` of them all where there are more.
    """
    exact, prefixed = _query(query)
    if not exact:
        return "SELECT kind, object_id FROM kit_searchkey WHERE false", []
    return (
        "SELECT kind, object_id FROM yuju_search(%s, %s, %s::text[], NULL::bigint[], %s)",
        [exact, prefixed, list(kinds), MATCHED_AT_MOST + 1],
    )


def more_match(query: str, *kinds: str) -> bool:
    """Whether `matching` leaves out any thing of one of these kinds."""
    exact, prefixed = _query(query)
    if not exact:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_MORE, [list(kinds), MATCHED_AT_MOST, exact, prefixed, MATCHED_AT_MOST + 1])
        found: tuple[bool] = cursor.fetchone()
    return found[0]


def names_match(query: str, name: str) -> bool:
    """Whether every word of a query begins a part of a name: in characters, in pinyin or in initials."""
    keys = tuple(_name_keys(name, of_people=False))
    words = plain(query).split()
    return bool(words) and all(any(key.startswith(word) for key in keys) for word in words)


def _query(query: str) -> tuple[str, str]:
    """The query as two tsqueries, of whole words and of prefixes; empty when there is nothing to look for."""
    exact: list[str] = []
    prefixed: list[str] = []
    for word in plain(query).split()[:_WORDS]:
        forms = {word[:_LONGEST], _room_form(word)[:_LONGEST]} - {""}
        number = tidy(word)
        hashes = {_hashed(number)} if re.fullmatch(r"[0-9]{3}[0-9X]|\+?[0-9A-Z]{5,20}", number) else set()
        if re.fullmatch(r"\+?86[0-9]{11}", number):
            hashes.add(_hashed(number[-11:]))
        whole = [_quoted(form) for form in sorted(forms | hashes)]
        # One letter or digit begins half of everything there is: only a Chinese character may stand for a beginning.
        longer = [f"{_quoted(form)}:*" for form in sorted(forms) if len(form) > 1 or not form.isascii()]
        exact.append(f"({'|'.join(whole)})")
        prefixed.append(f"({'|'.join(longer + [_quoted(form) for form in sorted(hashes | forms)])})")
    return "&".join(exact), "&".join(prefixed)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{require_operator_id()}/{escaped}'"


def _hashed(value: str) -> str:
    return "#" + keyed_hash(value.upper(), "search")[:16]


def _name_keys(name: str, *, of_people: bool) -> Iterator[str]:
    """The name from each of its characters on, in characters, in pinyin and in initials."""
    typed = re.sub(r"\s", "", plain(name))
    yield from (typed[i:] for i in range(len(typed)))
    readings = {syllables(name, name=of_people)}
    if of_people and special_surname(typed):
        # 曾强 is looked for as ceng qiang too.
        readings.add(syllables(name, name=False))
    for pieces in readings:
        for i in range(len(pieces)):
            yield "".join(pieces[i:])
            if i + 1 < len(pieces):
                # A single initial would be in every third name.
                yield "".join(piece if piece.isdigit() else piece[0] for piece in pieces[i:])


def _room_keys(room: Sequence[str]) -> Iterator[str]:
    """A room in the forms people write: 3-1-1602, 3-1602, 1-1602, 1602; A座801 is a-801 and a801."""
    parts = [form for form in (_room_form(part) or plain(part) for part in room) if form]
    if not parts:
        return
    yield from ("-".join(parts[i:]) for i in range(len(parts)))
    if len(parts) > 2:
        yield f"{parts[0]}-{parts[-1]}"
    if parts[0].isalpha() and len(parts) > 1:
        yield f"{parts[0]}{parts[-1]}"


@lru_cache(maxsize=4096)
def _room_form(text: str) -> str:
    """3栋1602室, 3号楼-1602 and 3#1602 as 3-1602; empty for what is no room."""
    typed = re.sub(r"\s", "", plain(text))
    if not re.match(r"[a-z0-9]", typed) or not re.search(r"[0-9]|^[a-z](?:栋|幢|座)", typed):
        return ""
    return re.sub(r"(?:号楼|单元|[栋幢座楼室房号#])?[-—_/]+|号楼|单元|[栋幢座楼室房号#]", "-", typed).strip("-")


def _starts(number: str) -> Iterator[int]:
    """Where the parts of a number begin."""
    yield 0
    yield from (
        match.end() for match in re.finditer(r"[-_/.#]+|(?<=[a-z])(?=[0-9])", number) if match.end() < len(number)
    )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
