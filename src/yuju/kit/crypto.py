"""Encryption of personal data and secrets at rest, and keyed hashes for finding them again.

AES-256-GCM under the newest key of a ring kept in `settings.YUJU_KEYS_DIR`, one file a key. Each ciphertext names its
key, so that older ones stay readable after a new key is added. What the value belongs to (the operator and the
field) is authenticated with it: a ciphertext copied into another operator's row, or another column, does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from yuju.kit.tenancy import require_operator_id

_KEY_FILE = re.compile(r"([1-9]\d{0,8})\.key")
_NUMBERED = re.compile(r"([1-9]\d{0,8})\.(?:key|missing)")
_COARSE = 100_000_000
_NONCE = 12


class Undecipherable(ValueError):  # noqa: N818 - it reads as a sentence
    """A stored value that can't be opened: its key is missing, it was altered, or it belongs somewhere else."""


class MissingKey(Undecipherable):
    """The key that a value names is not here."""


def key_number(token: str) -> int | None:
    """The number of the key that a token is under; None for what is no token."""
    number, dot, _body = token.partition(".")
    return int(number) if dot and number.isdecimal() else None


def fingerprint(secret: bytes) -> str:
    """Sixteen hexadecimal digits that tell secrets apart and tell nothing about them."""
    return hmac.digest(secret, b"yuju fingerprint", "sha256").hex()[:16]


@dataclass(frozen=True)
class Key:
    """A key of the ring. `path` holds its 32 bytes; `made_at` is UTC."""

    number: int
    path: Path
    made_at: datetime

    @property
    def fingerprint(self) -> str:
        """Tells this key from others; see `fingerprint`."""
        return fingerprint(_secret_in(self.path))


class KeyRing:
    """The keys of a folder: `1.key`, `2.key`, … (the highest encrypts) and `hash.key`, made when first needed.

    A process keeps the keys it has read. It reads the folder anew when the folder has changed since, so that a key added
    by another process is used from the next value on, and when a value names a key that it doesn't know.

    `7.missing` in place of `7.key` says that values under key 7 were restored without it: no new key takes its number.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ciphers: dict[int, AESGCM] = {}
        self._seen: int | None = None
        self._look()
        if not self._ciphers:
            self.add_key()
        if not (folder / "hash.missing").exists():
            secret_file(folder / "hash.key")

    @property
    def newest(self) -> int:
        """The number of the key that encrypts."""
        self._look()
        return max(self._ciphers, default=0)

    def all(self) -> list[Key]:
        """Every key there is, the oldest first."""
        found = []
        for path in self._folder.glob("*.key"):
            # One that is retired just now is none any more.
            with suppress(FileNotFoundError):
                if match := _KEY_FILE.fullmatch(path.name):
                    found.append(Key(int(match[1]), path, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
        return sorted(found, key=lambda key: key.number)

    def add_key(self) -> int:
        """Adds a key, with which every process encrypts from now on. Returns its number."""
        taken = (int(match[1]) for path in self._folder.glob("*.*") if (match := _NUMBERED.fullmatch(path.name)))
        number = max(taken, default=0) + 1
        secret_file(self._folder / f"{number}.key")
        self._read()
        return number

    def _look(self) -> None:
        """Reads the folder anew if it has changed: one `stat`, a microsecond."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed != self._seen:
            self._read()
            # The clock of file systems is coarse: what is added within its tick leaves the time as it is.
            self._seen = changed if time.time_ns() - changed > _COARSE else None

    def _read(self) -> None:
        ciphers = {}
        for key in self.all():
            with suppress(FileNotFoundError):
                ciphers[key.number] = AESGCM(_secret_in(key.path))
        self._ciphers = ciphers

    def encrypt(self, plain: str, belongs_to: str) -> str:
        """The ciphertext as text: key number, a dot, and base64 of nonce and sealed value."""
        nonce, number = os.urandom(_NONCE), self.newest
        sealed = self._ciphers[number].encrypt(nonce, plain.encode("utf-8"), belongs_to.encode("utf-8"))
        return f"{number}.{base64.urlsafe_b64encode(nonce + sealed).decode('ascii')}"

    def decrypt(self, token: str, belongs_to: str) -> str:
        """The plain value.

        Raises:
            Undecipherable: when the key is missing, the value was altered, or it belongs to something else.
        """
        number, _dot, body = token.partition(".")
        if not number.isdigit() or not body:
            raise Undecipherable("not an encrypted value")
        cipher = self._ciphers.get(int(number))
        if cipher is None:
            self._read()
            cipher = self._ciphers.get(int(number))
        if cipher is None:
            raise MissingKey(f"key {number} is not in {self._folder}")
        try:
            data = base64.urlsafe_b64decode(body)
            return cipher.decrypt(data[:_NONCE], data[_NONCE:], belongs_to.encode("utf-8")).decode("utf-8")
        except (InvalidTag, ValueError) as error:
            raise Undecipherable("the value was altered, or belongs to another row or field") from error

    def reseal(self, token: str, belongs_to: str) -> str:
        """The same value under the newest key; a token that is under it already is returned as it is.

        Raises:
            Undecipherable: as `decrypt` does.
        """
        if key_number(token) == self.newest:
            return token
        return self.encrypt(self.decrypt(token, belongs_to), belongs_to)

    @cached_property
    def _hash_key(self) -> bytes:
        # Kept apart from the others: it never changes while data stands that was hashed with it.
        if (self._folder / "hash.missing").exists():
            raise MissingKey(f"hash.key is not in {self._folder}")
        return secret_file(self._folder / "hash.key")

    def hash(self, value: str, purpose: str) -> str:
        """HMAC-SHA-256 of a value, cut to 128 bits, as 32 hexadecimal digits.

        Raises:
            MissingKey: the data was restored without its key.
        """
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256").hex()[:32]


def secret_file(path: Path) -> bytes:
    """The 32 bytes of a key file; made, for this user only, when it is not there.

    Raises:
        ValueError: when the file does not hold 32 bytes.
    """
    if not path.exists():
        # Of two processes that start at once, one makes the key; the other finds it made.
        with suppress(FileExistsError):
            keep_secret(path, secrets.token_bytes(32))
    return _secret_in(path)


def keep_secret(path: Path, secret: bytes) -> None:
    """Writes a new key file for this user only, whole and down to the disk.

    Raises:
        FileExistsError: there is one; it stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _secret_in(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != 32:
        raise ValueError(f"{path} is not a key of 32 bytes")
    return key


@lru_cache(maxsize=4)
def _ring(folder: str | Path) -> KeyRing:
    return KeyRing(Path(folder))


def key_ring() -> KeyRing:
    """The key ring of this installation."""
    return _ring(settings.YUJU_KEYS_DIR)


def encrypt(plain: str, field: str) -> str:
    """Encrypts a value of the operator in force; `field` names the column it is for."""
    return key_ring().encrypt(plain, f"{require_operator_id()}|{field}")


def decrypt(token: str, field: str) -> str:
    """Opens a value of the operator in force.

    Raises:
        Undecipherable: when it can't be opened.
    """
    return key_ring().decrypt(token, f"{require_operator_id()}|{field}")


def reseal(token: str, field: str) -> str:
    """The same value of the operator in force under the newest key.

    Raises:
        Undecipherable: when it can't be opened.
    """
    return key_ring().reseal(token, f"{require_operator_id()}|{field}")


def keyed_hash(value: str, purpose: str) -> str:
    """32 hexadecimal digits, the same for the same value, purpose and operator; they tell nothing without the key.

    For equality in the database. `purpose` names what is compared, such as `id_number`; the caller tidies the value.
    """
    return key_ring().hash(value, f"{require_operator_id()}|{purpose}")


def content_digest(content: Any) -> str:
    """SHA-256, in hexadecimal, of content that is signed: texts, whole numbers, lists and dicts. The same content has the same
    one always: its form is part of what was signed, and never changes."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_current(token: str, field: str, plain: str) -> bool:
    """Whether a ciphertext is of this value, for the operator in force and this field, and under the newest key."""
    ring = key_ring()
    if not token.startswith(f"{ring.newest}."):
        return False
    try:
        return decrypt(token, field) == plain
    except Undecipherable:
        return False
