"""Contracts (合同): the operator's own texts, what was made of them for a lease, and who signed it how."""

from __future__ import annotations

import json
from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import ContractState, TemplateKind
from yuju.residency.models.signatures import KeptSignature
from yuju.residency.models.tenures import Tenure


class ContractTemplate(Walled):
    """A text of the operator's as a Word file with variables (合同模板). Never changed: a new version is a row of its own.

    Attributes:
        property: where it is for; empty for every property.
        path, sha256, size: the file as it came in (`yuju.kit.files`).
        replaced_at: when a newer version took its place; contracts made of it still point to it.
        retired_at: when it was taken out of use.
    """

    property = WalledForeignKey(
        Property, null=True, blank=True, related_name="contract_templates", verbose_name=_("property")
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("for"), max_length=12, choices=TemplateKind.choices)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    path = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField(_("taken in"))
    made_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("contract template")
        verbose_name_plural = _("contract templates")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="contract_template_key"),
            models.UniqueConstraint(
                fields=["operator_id", "property", "name", "version"],
                name="contract_template_version_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_used(self) -> bool:
        """Whether new contracts are made of it."""
        return self.replaced_at is None and self.retired_at is None


class Contract(Walled):
    """What was made of a text for a lease (合同): the document, and what was filled in. A signed one never changes.

    Attributes:
        facts_text: what was filled in, as JSON by variable; it names people, so it is encrypted.
        path, sha256: the document that is to be signed.
        driver: what it is signed by (`yuju.e_signature`); empty until it was sent or signed.
        reference: what that driver calls it.
        signed_path, signed_sha256: the document with its signatures, or the scan of it.
    """

    property = WalledForeignKey(Property, related_name="contracts", verbose_name=_("property"))
    tenure = WalledForeignKey(Tenure, related_name="contracts", verbose_name=_("lease"))
    template = WalledForeignKey(ContractTemplate, related_name="contracts", verbose_name=_("contract template"))
    number = models.CharField(_("number"), max_length=70)
    facts_text = EncryptedTextField()
    path = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=8, choices=ContractState.choices, default=ContractState.DRAFTED)
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    driver = models.CharField(max_length=20, blank=True, default="")
    reference = models.CharField(max_length=100, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_path = models.CharField(max_length=120, blank=True, default="")
    signed_sha256 = models.CharField(max_length=64, blank=True, default="")
    void_at = models.DateTimeField(null=True, blank=True)
    void_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    void_reason = models.CharField(max_length=300, blank=True, default="")

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="contract_key"),
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="contract_number_once"),
            models.UniqueConstraint(
                fields=["operator_id", "tenure"],
                condition=Q(state=ContractState.DRAFTED),
                name="contract_drafted_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=ContractState.SIGNED) | (Q(signed_at__isnull=False) & ~Q(signed_path="")),
                name="contract_signed_has_document",
            ),
            models.CheckConstraint(
                condition=~Q(state=ContractState.VOID) | (Q(void_at__isnull=False) & ~Q(void_reason="")),
                name="contract_void_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "tenure", "drafted_at"], name="contract_by_tenure")]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def facts(self) -> dict[str, str]:
        """What was filled in, by variable."""
        found: dict[str, str] = json.loads(self.facts_text)
        return found


class ContractSignature(KeptSignature):
    """A party's signature to a contract. Never changed."""

    contract = WalledForeignKey(Contract, related_name="signatures")

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "contract", "party"], name="contract_signature_once"),
        ]
