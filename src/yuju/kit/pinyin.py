"""How Chinese names and places are spelt in pinyin, for search and for sorting.

The first character of a person's name is read as a surname: 曾强 is *zeng qiang*, 单田芳 *shan tian fang*. ü is
written v, as it is typed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

# Surnames that are read otherwise than their characters alone (现代汉语词典).
_SURNAMES = {
    "澹台": ("tan", "tai"),
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "曾": ("zeng",),
    "单": ("shan",),
    "解": ("xie",),
    "仇": ("qiu",),
    "区": ("ou",),
    "查": ("zha",),
    "朴": ("piao",),
    "盖": ("ge",),
    "召": ("shao",),
    "乐": ("yue",),
    "员": ("yun",),
    "黑": ("he",),
    "秘": ("bi",),
    "翟": ("zhai",),
    "折": ("she",),
    "祭": ("zhai",),
    "繁": ("po",),
    "缪": ("miao",),
    "过": ("guo",),
    "覃": ("qin",),
    "阚": ("kan",),
    "种": ("chong",),
    "牟": ("mu",),
    "隗": ("wei",),
    "句": ("gou",),
    "洗": ("xian",),
    "薄": ("bo",),
    "卜": ("bu",),
    "佴": ("nai",),
    "郇": ("xun",),
    "都": ("du",),
    "会": ("gui",),
    "适": ("kuo",),
    "粘": ("nian",),
    "重": ("chong",),
    "乜": ("nie",),
}

_CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_PIECE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[0-9]+|[a-z]+")

# How far numbers are padded, so that 3 sorts before 12.
_DIGITS = 8


def plain(text: str) -> str:
    """Half-width, lower case, without spaces at the ends: how texts are compared."""
    return unicodedata.normalize("NFKC", text).strip().lower()


@lru_cache(maxsize=65536)
def syllables(text: str, *, name: bool = True) -> tuple[str, ...]:
    """The pieces of a text in order: a syllable for each Chinese character, numbers and Latin words as they stand.

    Args:
        text: a name or a place.
        name: whether it begins with a surname.
    """
    pieces: list[str] = []
    for piece in _PIECE.findall(plain(text)):
        if not _CHINESE.match(piece):
            pieces.append(piece)
            continue
        if name:
            surname = () if pieces else special_surname(piece)
            pieces.extend(surname)
            # Given names are no phrases: each character by itself, which is also much faster.
            pieces.extend(map(_character, piece[len(surname) :]))
        else:
            pieces.extend(lazy_pinyin(piece))
    return tuple(pieces)


def special_surname(name: str) -> tuple[str, ...]:
    """The syllables of the surname a name begins with, where they differ from the characters'; else nothing."""
    return _SURNAMES.get(name[:2]) or _SURNAMES.get(name[:1], ())


@lru_cache(maxsize=16384)
def _character(character: str) -> str:
    return str(lazy_pinyin(character)[0])


def pinyin(text: str, *, name: bool = True) -> str:
    """The whole reading in one word: 张三 is `zhangsan`."""
    return "".join(syllables(text, name=name))


def initials(text: str, *, name: bool = True) -> str:
    """The first letter of each syllable: 张三 is `zs`; numbers stay whole."""
    return "".join(piece if piece.isdigit() else piece[0] for piece in syllables(text, name=name))


def sort_key(text: str, *, name: bool = True) -> str:
    """What a list sorts by in place of the Chinese: syllables apart, numbers padded, so that 3栋 comes before 12栋.

    Plain code points order it: sort the column under the collation "C".
    """
    return " ".join(piece.zfill(_DIGITS) if piece.isdigit() else piece for piece in syllables(text, name=name))
