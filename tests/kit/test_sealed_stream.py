"""Sealed files: what comes out went in, whole and unaltered, or a sentence says what is wrong."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit import sealed_stream
from yuju.kit.sealed_stream import CHUNK, MAGIC, Opened, Passphrase, Sealing, SecretKey, Unopenable

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
KEY = SecretKey(b"k" * 32)
PIECE = CHUNK + 16


def sealed(content: bytes, secret: sealed_stream.Secret = KEY) -> bytes:
    out = io.BytesIO()
    with Sealing(out, kind="backup", made_at=AT, secret=secret) as sealing:
        sealing.write(content)
    return out.getvalue()


def opened(data: bytes, *secrets: sealed_stream.Secret, kind: str = "backup") -> bytes:
    return Opened(io.BytesIO(data), kind=kind, secrets=secrets or [KEY]).read()


def beginning(data: bytes) -> int:
    """Where the first chunk begins."""
    return data.index(b"\n", len(MAGIC)) + 1 + 32


@given(st.lists(st.integers(0, CHUNK + 1), max_size=4))
def test_what_goes_in_in_pieces_comes_out(sizes: list[int]) -> None:
    out = io.BytesIO()
    with Sealing(out, kind="backup", made_at=AT, secret=KEY) as sealing:
        for number, size in enumerate(sizes):
            sealing.write(bytes([number]) * size)
    assert opened(out.getvalue()) == b"".join(bytes([n]) * size for n, size in enumerate(sizes))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_at_the_edges_of_chunks(size: int) -> None:
    assert opened(sealed(b"x" * size)) == b"x" * size


def test_the_same_content_is_never_sealed_the_same_way_and_does_not_show() -> None:
    one, other = sealed(b"secret" * 10), sealed(b"secret" * 10)
    assert one[beginning(one) :] != other[beginning(other) :]
    assert b"secret" not in one


@given(st.data())
def test_any_altered_byte_is_noticed(data: st.DataObject) -> None:
    whole = sealed(b"x" * 1000)
    place = data.draw(st.integers(0, len(whole) - 1))
    altered = bytes([*whole[:place], whole[place] ^ data.draw(st.integers(1, 255)), *whole[place + 1 :]])
    with pytest.raises(Unopenable):
        opened(altered)


def test_damage_in_the_middle_is_told_from_a_file_cut_short() -> None:
    whole = sealed(b"x" * (3 * CHUNK))
    start = beginning(whole)
    altered = bytearray(whole)
    altered[start + PIECE + 5] ^= 1
    with pytest.raises(Unopenable, match=r"altered or is damaged, 0\.3 MB"):
        opened(bytes(altered))
    with pytest.raises(Unopenable, match="was cut short: it ends"):
        opened(whole[: start + 2 * PIECE])
    with pytest.raises(Unopenable, match="cut short, or is damaged at its end"):
        opened(whole[:-7])
    with pytest.raises(Unopenable):
        opened(whole + b"more")


def test_chunks_can_not_change_places_or_files() -> None:
    whole, other = sealed(b"x" * (3 * CHUNK)), sealed(b"x" * (3 * CHUNK))
    start = beginning(whole)
    first, second = whole[start : start + PIECE], whole[start + PIECE : start + 2 * PIECE]
    with pytest.raises(Unopenable):
        opened(whole[:start] + second + first + whole[start + 2 * PIECE :])
    with pytest.raises(Unopenable):
        opened(whole[:start] + other[beginning(other) :])


def test_nothing_is_read_from_one_that_was_left_unfinished() -> None:
    out = io.BytesIO()
    with pytest.raises(RuntimeError), Sealing(out, kind="backup", made_at=AT, secret=KEY) as sealing:  # noqa: PT012
        sealing.write(b"x" * (2 * CHUNK + 5))
        raise RuntimeError
    del sealing
    reader = Opened(io.BytesIO(out.getvalue()), kind="backup", secrets=[KEY])
    with pytest.raises(Unopenable, match="cut short"):
        reader.read()


def test_the_wrong_secret_or_kind_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_stream, "_SCRYPT", {"n": 2**10, "r": 8, "p": 1})
    file = sealed(b"x", Passphrase("correct horse battery"))
    assert opened(file, KEY, Passphrase("correct horse battery")) == b"x"
    with pytest.raises(Unopenable, match="passphrase is not the right one"):
        opened(file, Passphrase("wrong horse battery"))
    with pytest.raises(Unopenable, match="sealed with a passphrase"):
        opened(file, KEY)
    with pytest.raises(Unopenable, match="backup key that is not here"):
        opened(sealed(b"x"), SecretKey(b"o" * 32))
    with pytest.raises(Unopenable, match="of another kind: backup"):
        opened(sealed(b"x"), kind="keys")
    with pytest.raises(Unopenable, match="no file of Yuju's"):
        opened(b"PK\3\4")
    short = tmp_path / "short"
    short.write_text("secret\n")
    with pytest.raises(Unopenable, match="at least 12"):
        Passphrase.of_file(short)
