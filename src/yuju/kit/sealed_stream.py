"""Long files encrypted as a stream: nothing is read from one that was not proved genuine first.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), as age uses it: the content is cut into chunks of 256
KiB, each sealed with AES-256-GCM under a nonce made of its number and a mark on the last. So chunks can't be altered,
swapped, repeated, or left out, at the end neither. Each file has a key of its own, derived (HKDF-SHA-256) from the secret and
the header, so that nonces never meet and the header can't be altered.

A file is: the line `YUJU SEALED 1`, the header as one line of JSON, 32 bytes by which the right secret is known, the chunks.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yuju.kit.crypto import fingerprint

MAGIC = b"YUJU SEALED 1\n"
CHUNK = 256 * 1024
_TAG = 16
_LONGEST_HEADER = 16 * 1024
# 128 MiB and a third of a second for each guess.
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}
SHORTEST_PASSPHRASE = 12


class Unopenable(ValueError):  # noqa: N818 - it reads as a sentence
    """A sealed file that can't be opened; the message is a sentence that says why."""


@dataclass(frozen=True)
class Passphrase:
    """A secret that a person keeps."""

    text: str

    @classmethod
    def of_file(cls, path: Path) -> Passphrase:
        """The first line of a file.

        Raises:
            Unopenable: the file cannot be read, or the passphrase is too short to protect anything.
        """
        try:
            text = path.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unopenable(f"The passphrase cannot be read from {path} ({error}).") from error
        if len(text) < SHORTEST_PASSPHRASE:
            raise Unopenable(f"The passphrase in {path} is too short: at least {SHORTEST_PASSPHRASE} characters.")
        return cls(text)

    def lock(self) -> dict[str, Any]:
        """What a header says about the secret."""
        return {"by": "passphrase", "salt": random.token_hex(16), **_SCRYPT}

    def fits(self, lock: dict[str, Any]) -> bool:
        """Whether a header asks for a secret of this sort."""
        return lock.get("by") == "passphrase"

    def material(self, lock: dict[str, Any]) -> bytes:
        """The secret as 32 bytes."""
        if lock["n"] > 2**20 or lock["r"] > 16 or lock["p"] > 4:
            raise Unopenable("The header asks for more memory than any file of ours.")
        scrypt = Scrypt(salt=bytes.fromhex(lock["salt"]), length=32, n=lock["n"], r=lock["r"], p=lock["p"])
        return scrypt.derive(self.text.encode("utf-8"))


@dataclass(frozen=True)
class SecretKey:
    """A secret of 32 random bytes that a machine keeps. `name` is what it is called in sentences."""

    key: bytes
    name: str = "the key"

    def lock(self) -> dict[str, Any]:
        """What a header says about the secret."""
        return {"by": "key", "fingerprint": fingerprint(self.key)}

    def fits(self, lock: dict[str, Any]) -> bool:
        """Whether a header asks for this very key."""
        return lock.get("by") == "key" and lock.get("fingerprint") == fingerprint(self.key)

    def material(self, lock: dict[str, Any]) -> bytes:
        """The secret as 32 bytes."""
        return self.key


Secret = Passphrase | SecretKey


class Sealing(io.RawIOBase):
    """Writes a sealed file into an open one. It is whole after `close`; left by an error, it never opens.

    Args:
        kind: what the file is, in a word: a file of one kind doesn't pass for another.
        made_at: noted in the header, UTC.
    """

    def __init__(self, out: IO[bytes], *, kind: str, made_at: datetime, secret: Secret) -> None:
        self._out = out
        self._buffer = bytearray()
        self._number = 0
        lock = secret.lock()
        header = json.dumps(
            {"kind": kind, "made_at": made_at.isoformat(), "lock": lock, "salt": random.token_hex(16)}
        ).encode()
        self._cipher, check = _derived(secret.material(lock), header)
        out.write(MAGIC + header + b"\n" + check)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        # The last chunk, full or not, is kept for `close`.
        while len(self._buffer) > CHUNK:
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._buffer), last=True)
            self._out.flush()
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            super().close()

    def __del__(self) -> None:
        """Nothing: what was not closed was not finished."""

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


class Opened(io.RawIOBase):
    """Reads a sealed file; what it gives is genuine, and it ends only where the file did.

    Args:
        kind: what the file must be.
        secrets: those at hand; the first that fits is used.

    Raises:
        Unopenable: no such file, of another kind, no secret fits, altered, or cut short; while reading too.
    """

    def __init__(self, source: IO[bytes], *, kind: str, secrets: Sequence[Secret]) -> None:
        self._source = source
        self._plain = memoryview(b"")
        self._number = 0
        self._ended = False
        header, self.said = read_header(source)
        if self.said["kind"] != kind:
            raise Unopenable(f"This is a sealed file, but of another kind: {self.said['kind']}, not {kind}.")
        lock = self.said["lock"]
        secret = next((one for one in secrets if one.fits(lock)), None)
        if secret is None:
            raise Unopenable(_what_is_needed(lock))
        self._cipher, check = _derived(secret.material(lock), header)
        if not hmac.compare_digest(source.read(len(check)), check):
            wrong = (
                "The passphrase is not the right one"
                if isinstance(secret, Passphrase)
                else "The key is not the right one"
            )
            raise Unopenable(f"{wrong}, or the beginning of the file was altered.")
        self._next = source.read(CHUNK + _TAG)

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._plain and not self._ended:
            self._open_next()
        count = min(len(target), len(self._plain))
        target[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _open_next(self) -> None:
        sealed, self._next = self._next, self._source.read(CHUNK + _TAG)
        last = not self._next
        try:
            self._plain = memoryview(self._cipher.decrypt(_nonce(self._number, last=last), sealed, None))
        except (InvalidTag, ValueError):
            raise Unopenable(self._trouble(sealed, last=last)) from None
        self._ended = last
        self._number += 1

    def _trouble(self, sealed: bytes, *, last: bool) -> str:
        place = f"{self._number * (CHUNK + _TAG) / 1e6:.1f} MB from its beginning"
        if not last:
            return f"The file was altered or is damaged, {place}."
        if len(sealed) == CHUNK + _TAG:
            try:
                self._cipher.decrypt(_nonce(self._number, last=False), sealed, None)
            except InvalidTag:
                pass
            else:
                return f"The file was cut short: it ends {place}, and it went on."
        return f"The file was cut short, or is damaged at its end, {place}."


def read_header(source: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    """The header of a sealed file, as it stands and as it reads. It is not proved genuine yet.

    Raises:
        Unopenable: it is no sealed file.
    """
    if source.read(len(MAGIC)) != MAGIC:
        raise Unopenable("This is no file of Yuju's, or its beginning is damaged.")
    line = source.readline(_LONGEST_HEADER)
    try:
        said = json.loads(line)
        lock = said["lock"]
        well_formed = isinstance(lock["by"], str) and isinstance(said["kind"], str)
    except (ValueError, KeyError, TypeError):
        well_formed = False
    if not well_formed or not line.endswith(b"\n"):
        raise Unopenable("The beginning of the file is damaged.")
    return line[:-1], said


def _derived(material: bytes, header: bytes) -> tuple[AESGCM, bytes]:
    """The cipher of one file, and the bytes by which the right secret is known."""
    derived = HKDF(
        algorithm=hashes.SHA256(), length=64, salt=hashlib.sha256(header).digest(), info=b"yuju sealed 1"
    ).derive(material)
    return AESGCM(derived[:32]), derived[32:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _what_is_needed(lock: dict[str, Any]) -> str:
    if lock["by"] == "passphrase":
        return "This file is sealed with a passphrase: give it with --passphrase-file."
    return (
        f"This file is sealed with a backup key that is not here (fingerprint {lock.get('fingerprint')}). "
        "Bring it back from its export: yuju keys import FILE."
    )
