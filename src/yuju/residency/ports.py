"""What brings codes to a telephone number, by what is signed, and what closes doors to those who left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import File

from yuju.identity.models import User
from yuju.residency.choices import Party

GROUP = "yuju.code_channel"


class CodeChannel(Protocol):
    """A way to send codes: text message, call, WeChat. Found by the entry points of the group `yuju.code_channel`.

    `send` must return at once (by queueing a job, for instance): how long it takes must not tell whether a number is known here.
    """

    def send(self, *, phone: str, code: str) -> None:
        """Sends a code of six digits, valid for five minutes, to a tidied telephone number."""


@cache
def code_channels() -> tuple[CodeChannel, ...]:
    """The channels of this installation; none, until one is installed."""
    return tuple(point.load()() for point in entry_points(group=GROUP))


def codes_are_shown() -> bool:
    """Whether pages show codes themselves: in the demo, whose people are invented, and never in production."""
    return bool(settings.YUJU_DEMO) and not settings.PRODUCTION


SIGNING = "yuju.e_signature"


@dataclass(frozen=True)
class Signature:
    """A party's signature as it is given.

    Attributes:
        means: the code of the driver.
        at: aware UTC.
        by: the user who signs for the operator, or at whose desk it was given.
        phone: the number that was proved, covered.
        proof: what proves it: the number of the code, or the provider's own.
        address, agent: from where.
        sha256: of the document that was signed.
        strokes: the signature as drawn (`yuju.kit.strokes`).
    """

    party: Party
    name: str
    means: str
    at: datetime
    sha256: str
    by: User | None = None
    phone: str = ""
    proof: str = ""
    address: str = ""
    agent: str = ""
    strokes: Sequence[Any] = ()


@dataclass(frozen=True)
class Signing:
    """What is to be signed.

    Attributes:
        reference: ours, unique for what is signed; the same when it is asked for again.
        document, sha256: the PDF and its hash.
        parties: who has to sign, by name, with the resident's telephone number where it is known.
        with_page: makes the document with a page of signatures at its end.
    """

    reference: str
    title: str
    document: bytes
    sha256: str
    parties: Mapping[Party, tuple[str, str]]
    with_page: Callable[[Sequence[Signature]], bytes]


@dataclass(frozen=True)
class Signed:
    """A document with its signatures: its bytes and how its file name ends (`.pdf`, `.jpg`)."""

    content: bytes
    suffix: str = ".pdf"


class ESignature(Protocol):
    """A way to sign a contract or a settlement. Found by the entry points of the group `yuju.e_signature`, besides those the
    product brings along (`yuju.residency.e_signature`).

    Nothing is written to the database by a driver. Each method may be called again with the same arguments and answers the same:
    a transaction that failed is tried once more. Every driver's tests derive from
    `yuju.residency.testing.e_signature.ESignatureTests`.
    """

    code: str
    """Kept with each signature; at most 20 characters, never changed."""

    def label(self) -> str:
        """What people call it, in their language."""

    def begin(self, signing: Signing) -> str:
        """Asks for the signatures; gives the driver's own reference, or an empty text where it has none."""

    def check(self, signing: Signing, signature: Signature) -> None:
        """Judges a signature before it is kept.

        Raises:
            Refused: it is of another document (code `changed`), or lacks what this way of signing asks for (`proof`).
        """

    def finish(self, signing: Signing, signatures: Sequence[Signature], scan: File[bytes] | None) -> Signed:
        """The document with its signatures, when all parties have signed.

        Args:
            scan: what was handed in, where it was signed on paper.

        Raises:
            Refused: a party or the scan is missing (code `incomplete`), or the scan is no PDF, JPEG or PNG (`kind`, `size`).
        """

    def withdraw(self, signing: Signing, reason: str) -> None:
        """The document will not be signed any more, or does not count any more."""


DOORS = "yuju.door_access"


class DoorsUnreachableError(Exception):
    """A door system did not do what it was asked; the text says why, for people. It is asked again later."""


@dataclass(frozen=True)
class Leaving:
    """A stay whose people open no door any more.

    Attributes:
        reference: ours, unique for the stay; the same when it is asked again.
        property, unit: the property's code and the unit's label, as people know them.
        cards: the numbers of access cards and remote controls handed over, as far as they were noted.
        since: aware UTC; whatever was granted before it for this stay is over.
    """

    reference: str
    property: str
    unit: str
    cards: Sequence[str]
    since: datetime


class DoorAccess(Protocol):
    """A door system. Found by the entry points of the group `yuju.door_access`.

    It is called by a worker, outside of any transaction, and may take its time. `close` may be called again for the same
    stay, and then changes nothing. Every driver's tests derive from
    `yuju.residency.testing.door_access.DoorAccessTests`.
    """

    code: str
    """Kept with what it was asked; at most 20 characters, never changed."""

    def label(self) -> str:
        """What people call it, in their language."""

    def close(self, leaving: Leaving) -> None:
        """Takes every right away that the stay gave: cards, codes, faces, telephones.

        Raises:
            DoorsUnreachableError: it is not known whether that was done.
        """


@cache
def door_systems() -> Mapping[str, DoorAccess]:
    """The door systems of this installation by their codes; none, until one is installed."""
    drivers: list[DoorAccess] = [point.load()() for point in entry_points(group=DOORS)]
    return {driver.code: driver for driver in drivers}
