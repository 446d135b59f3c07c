"""Passwords that are known to guessers: a list that ships with the program, so that no password is sent anywhere.

`known.sha1` holds the first five bytes of the SHA-1 of each password in small letters, sorted. Where they come from, and
under what licence, stands in `README.md` beside it; `scripts/known-passwords` makes the file.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "known.sha1"
WIDTH = 5
"""Bytes kept of each hash: of a quarter of a million, one good password in four million is taken for one of them."""


def is_known(password: str) -> bool:
    """Whether a password stands in the list, whatever the case of its letters."""
    wanted = prefix(password)
    table = _table()
    at = bisect_left(range(len(table) // WIDTH), wanted, key=lambda row: table[row * WIDTH : (row + 1) * WIDTH])
    return table[at * WIDTH : (at + 1) * WIDTH] == wanted


def prefix(password: str) -> bytes:
    """What stands in the list for a password."""
    return hashlib.sha1(password.lower().encode(), usedforsecurity=False).digest()[:WIDTH]


@cache
def _table() -> bytes:
    return FILE.read_bytes()
