"""Settlements (退房结算): what a stay comes to at its end, line by line, as it was shown, agreed and posted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.billing.models import Adjustment, BillingAccount, Charge, Tariff
from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.metering.models import Meter
from yuju.payments.choices import AgreedHow, ExtraKind, LineKind, SettlementState
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.models.signatures import KeptSignature


class Settlement(Walled):
    """What an account comes to when its stay ends, in yuan. One for an account, besides those that were withdrawn.

    Until it is closed nothing of it is posted: its lines are what the story would post, and `seal` is a hash of them. What
    was agreed under another seal than the lines have is not agreed.

    Attributes:
        last_day: the last local day of the stay.
        due: the last local day to pay what is charged here.
        version: which of its lines hold; those of earlier versions stay as they were shown.
        result: above 0 is still to pay, below 0 is to be paid out.
        is_even: closed, and nothing is to be paid or paid out any more. Kept by triggers; `yuju books verify` proves it.
        key: drawn by whoever asks, so that asking twice makes one.
    """

    property = WalledForeignKey(Property, related_name="settlements", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="settlements", verbose_name=_("billing account"))
    state = models.CharField(
        _("state"), max_length=10, choices=SettlementState.choices, default=SettlementState.DRAFT, editable=False
    )
    last_day = models.DateField(_("last day of the stay"))
    due = models.DateField(_("to pay until"))
    reason = models.CharField(_("reason"), max_length=200)
    key = models.UUIDField(editable=False)
    version = models.PositiveSmallIntegerField(default=0, editable=False)
    seal = models.CharField(max_length=64, default="", editable=False)
    result = models.DecimalField(
        _("result of the settlement"), max_digits=14, decimal_places=2, default=0, editable=False
    )
    is_even = models.BooleanField(default=False, editable=False)
    made_at = models.DateTimeField(_("drawn up at"), default=timezone.now, editable=False)
    made_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    shown_at = models.DateTimeField(_("shown at"), null=True, blank=True, editable=False)
    shown_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True, editable=False)
    agreed_how = models.CharField(
        _("agreed how"), max_length=8, choices=AgreedHow.choices, blank=True, default="", editable=False
    )
    agreed_note = models.CharField(_("note on the agreement"), max_length=200, blank=True, default="", editable=False)
    agreed_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    closed_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)
    closed_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = WalledForeignKey(User, null=True, blank=True, related_name="+", editable=False)
    withdrawn_why = models.CharField(_("why withdrawn"), max_length=200, blank=True, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="settlement_key"),
            models.UniqueConstraint(fields=["operator_id", "key"], name="settlement_asked_once"),
            models.UniqueConstraint(
                fields=["operator_id", "account"],
                condition=~Q(state=SettlementState.WITHDRAWN),
                name="settlement_live_once",
            ),
            models.CheckConstraint(
                condition=(Q(state=SettlementState.CLOSED) & Q(closed_at__isnull=False, agreed_at__isnull=False))
                | (~Q(state=SettlementState.CLOSED) & Q(closed_at=None, is_even=False)),
                name="settlement_closed_with_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "last_day"], name="settlement_by_property"),
            # What is still to pay or to pay out: few rows, however many stays have ended.
            models.Index(
                fields=["operator_id", "property", "due"],
                condition=Q(state=SettlementState.CLOSED, is_even=False),
                name="settlement_uneven",
            ),
        ]

    def __str__(self) -> str:
        return str(self.account.tenure)


class SettlementReading(Walled):
    """What a meter shows on the last day; it becomes a reading when the settlement is closed."""

    settlement = WalledForeignKey(Settlement, on_delete=models.CASCADE, related_name="readings")
    meter = WalledForeignKey(Meter, related_name="+", verbose_name=_("meter"))
    value = models.DecimalField(_("reading"), max_digits=18, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "settlement", "meter"], name="settlement_reading_once")
        ]


class SettlementExtra(Walled):
    """What is charged besides: a damage, or a penalty agreed in place of the contract's.

    Attributes:
        tariff: the one-off tariff of the price list that prices it; none where an amount was agreed.
        quantity: how many pieces of the price list.
        amount: yuan in all, where it was agreed.
        place: where it was found.
    """

    settlement = WalledForeignKey(Settlement, on_delete=models.CASCADE, related_name="extras")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=ExtraKind.choices)
    words = models.CharField(_("what it is"), max_length=200)
    place = models.CharField(_("where it was found"), max_length=120, blank=True, default="")
    tariff = WalledForeignKey(Tariff, null=True, blank=True, related_name="+", verbose_name=_("price list"))
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2, default=1)
    amount = models.DecimalField(_("amount agreed"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "settlement", "position"], name="settlement_extra_once"),
            models.CheckConstraint(
                condition=Q(tariff__isnull=False, amount=None) | Q(tariff=None, amount__gte=0),
                name="settlement_extra_has_a_price",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="settlement_extra_of_something"),
        ]


class SettlementLine(Walled):
    """A line of a settlement, in facts: `yuju.payments.wording` says it in the reader's language.

    What it says is never changed: new facts make a new version. The resident objects to a line, the staff answers.

    Attributes:
        facts: what the sentence needs; dates as ISO text, decimals as text.
        amount: yuan; above 0 is owed, below 0 is in the resident's favour.
        charge: the charge it is about. What is only charged here gets its own when the settlement is closed.
        adjustment: what was adjusted, once the settlement is closed; for what comes to another amount.
    """

    settlement = WalledForeignKey(Settlement, on_delete=models.CASCADE, related_name="lines")
    version = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=LineKind.choices)
    facts: Any = models.JSONField(default=dict)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    charge = WalledForeignKey(Charge, null=True, blank=True, related_name="+", verbose_name=_("charge"))
    adjustment = WalledForeignKey(Adjustment, null=True, blank=True, related_name="+", verbose_name=_("adjustment"))
    objection = models.CharField(_("objection"), max_length=500, blank=True, default="")
    objected_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = WalledForeignKey(User, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of a settlement")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="settlement_line_key"),
            models.UniqueConstraint(
                fields=["operator_id", "settlement", "version", "position"], name="settlement_line_once"
            ),
        ]


class SettlementSignature(KeptSignature):
    """The resident's signature to a settlement. Never changed; what was drawn up anew since is not signed by it.

    Attributes:
        version: which lines were signed.
        path: the document that was signed, whose hash is `sha256` (`yuju.kit.files`).
        signed_path, signed_sha256: the same with its page of signatures.
    """

    settlement = WalledForeignKey(Settlement, related_name="signatures")
    version = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=120)
    signed_path = models.CharField(max_length=120)
    signed_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("signature to a settlement")
        verbose_name_plural = _("signatures to settlements")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "settlement", "version", "party"], name="settlement_signature_once"
            ),
        ]
