"""Encryption of personal data and secrets at rest, and keyed hashes for finding them again.

AES-256-GCM under the newest key of a ring kept in `settings.YUJU_KEYS_DIR`, one file a key. Each ciphertext names its
key, so that older ones stay readable after a new key is added. What the value belongs to (the operator and the
field) is authenticated with it: a ciphertext copied into another operator's row, or another column, does not open.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from yuju.kit.tenancy import require_operator_id

_KEY_FILE = re.compile(r"([1-9]\d{0,8})\.key")
_NONCE = 12


class Undecipherable(ValueError):  # noqa: N818 - it reads as a sentence
    """A stored value that can't be opened: its key is missing, it was altered, or it belongs somewhere else."""


class KeyRing:
    """The keys of a folder: `1.key`, `2.key`, … (the highest encrypts) and `hash.key`, made when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ciphers: dict[int, AESGCM] = {}
        self.newest = 0
        self._read()
        if not self.newest:
            self.add_key()
        self._hash_key = _secret_file(folder / "hash.key")

    def _read(self) -> None:
        for path in self._folder.glob("*.key"):
            if match := _KEY_FILE.fullmatch(path.name):
                self._ciphers[int(match[1])] = AESGCM(_secret_file(path))
        self.newest = max(self._ciphers, default=0)

    def add_key(self) -> int:
        """Adds a key, with which this process encrypts from now on and others when they start. Returns its number."""
        _secret_file(self._folder / f"{self.newest + 1}.key")
        self._read()
        return self.newest

    def encrypt(self, plain: str, belongs_to: str) -> str:
        """The ciphertext as text: key number, a dot, and base64 of nonce and sealed value."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.newest].encrypt(nonce, plain.encode("utf-8"), belongs_to.encode("utf-8"))
        return f"{self.newest}.{base64.urlsafe_b64encode(nonce + sealed).decode('ascii')}"

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
            raise Undecipherable(f"key {number} is not in {self._folder}")
        try:
            data = base64.urlsafe_b64decode(body)
            return cipher.decrypt(data[:_NONCE], data[_NONCE:], belongs_to.encode("utf-8")).decode("utf-8")
        except (InvalidTag, ValueError) as error:
            raise Undecipherable("the value was altered, or belongs to another row or field") from error

    def hash(self, value: str, purpose: str) -> str:
        """HMAC-SHA-256 of a value, cut to 128 bits, as 32 hexadecimal digits."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256").hex()[:32]


def _secret_file(path: Path) -> bytes:
    """The 32 bytes of a key file; made, for this user only, when it is not there.

    Raises:
        ValueError: when the file does not hold 32 bytes.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            # Of two processes that start at once, one makes the key; the other finds it made.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
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


def keyed_hash(value: str, purpose: str) -> str:
    """32 hexadecimal digits, the same for the same value, purpose and operator; they tell nothing without the key.

    For equality in the database. `purpose` names what is compared, such as `id_number`; the caller tidies the value.
    """
    return key_ring().hash(value, f"{require_operator_id()}|{purpose}")
