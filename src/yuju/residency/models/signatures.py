"""A signature as it is kept, whatever was signed: a contract here, a settlement in `yuju.payments`."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import pgettext_lazy

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.choices import Party
from yuju.residency.ports import Signature


class KeptSignature(Walled):
    """A party's signature. Never changed.

    Attributes:
        means: the code of the driver it was given by.
        phone: the number that was proved, covered.
        proof: what proves it: the number of the portal code, or the provider's own.
        address, agent: from where, as the audit keeps it.
        sha256: of the document that was signed.
        strokes: the signature as it was drawn (`yuju.kit.strokes`).
    """

    party = models.CharField(max_length=8, choices=Party.choices)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=100)
    means = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    phone = models.CharField(max_length=30, blank=True, default="")
    proof = models.CharField(max_length=80, blank=True, default="")
    address = models.CharField(max_length=60, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    strokes: Any = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def of(cls, signature: Signature, **signed: Any) -> Self:
        """A row for a signature, not saved; `signed` says what was signed."""
        return cls(**{name: getattr(signature, name) for name in _SAID}, strokes=list(signature.strokes), **signed)

    def given(self) -> Signature:
        """The signature as it was given."""
        said = {name: getattr(self, name) for name in _SAID}
        return Signature(**said | {"party": Party(self.party)}, strokes=self.strokes)


_SAID = ("party", "name", "means", "at", "sha256", "by", "phone", "proof", "address", "agent")
