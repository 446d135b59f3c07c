"""The kinds of things residency speaks of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ResidentKind(models.TextChoices):
    """Who rents: somebody, or an organisation whose people live in its units."""

    PERSON = "person", pgettext_lazy("who rents", "Person")
    COMPANY = "company", pgettext_lazy("who rents", "Company")


class IdType(models.TextChoices):
    ID_CARD = "id_card", _("ID card")
    PASSPORT = "passport", _("Passport")
    HMT_PERMIT = "hmt_permit", _("HK/Macao/Taiwan permit")
    CREDIT_CODE = "credit_code", _("Unified social credit code")


PERSONAL_ID_TYPES = (IdType.ID_CARD, IdType.PASSPORT, IdType.HMT_PERMIT)
"""The documents of a person; a company has its credit code and nothing else."""


class Category(models.TextChoices):
    LONG_TERM = "long_term", _("Long-term")
    SHORT_TERM = "short_term", _("Short-term")
    OWNER = "owner", _("Owner")


class TenureKind(models.TextChoices):
    LEASE = "lease", _("Lease")
    OWNERSHIP = "ownership", _("Ownership")


class TenureState(models.TextChoices):
    """How far a stay has come.

    A unit is held from the reservation on; nobody lives there before check-in, nor after check-out, whatever the days say.
    """

    RESERVED = "reserved", _("Reserved")
    SIGNED = "signed", _("Signed")
    LIVING = "living", _("Living here")
    ENDED = "ended", _("Checked out")
    CANCELLED = "cancelled", _("Cancelled")


class CheckInState(models.TextChoices):
    """How far checking somebody in has come."""

    OPEN = "open", _("Under way")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class CheckInStep(models.TextChoices):
    """What is asked one after the other, in this order."""

    ROOM = "room", _("Room and days")
    WHO = "who", _("Resident")
    TERMS = "terms", _("Lease terms")
    BILLED = "billed", _("What is billed")
    CONFIRM = "confirm", _("Check and confirm")


class PenaltyKind(models.TextChoices):
    """What leaving before the last day agreed costs (billing rules, "Changes")."""

    NONE = "none", _("None")
    FIXED = "fixed", _("A fixed amount")
    MONTHS = "months", _("Months' rent")


class LinkKind(models.TextChoices):
    """How a lease goes on where another ends."""

    RENEWAL = "renewal", _("Renewal")
    ROOM = "room", _("Change of room")
    TENANT = "tenant", _("Change of tenant")


class EndAnswerKind(models.TextChoices):
    """What a resident wants when the lease ends."""

    RENEW = "renew", _("Wants to renew")
    LEAVE = "leave", _("Will move out")


class TagTone(models.TextChoices):
    """The colour a tag is shown in; care needs are violet."""

    PLAIN = "mute", _("Plain")
    CARE = "vio", _("Care need")
    GOOD = "brand", _("Attribute")
    WATCH = "warn", _("Watch")
    RISK = "bad", _("Risk")


class CodePurpose(models.TextChoices):
    """What a code of the portal is for."""

    SIGN_IN = "sign_in", _("Sign-in code")
    SLIP = "slip", _("Slip from the desk")
    PHONE = "phone", _("New phone number")
    CONTRACT = "contract", _("Signing a contract")
    SETTLEMENT = "settlement", _("Signing a settlement")


class TemplateKind(models.TextChoices):
    """What a text is for."""

    NEW = "new", _("New lease")
    RENEWAL = "renewal", _("Renewal")
    SUPPLEMENT = "supplement", _("Supplementary agreement")


class ContractState(models.TextChoices):
    DRAFTED = "drafted", _("To be signed")
    SIGNED = "signed", _("Signed")
    VOID = "void", _("Void")


class Party(models.TextChoices):
    """Who signs a contract."""

    OPERATOR = "operator", _("Landlord")
    RESIDENT = "resident", _("Tenant")


class HandoverKind(models.TextChoices):
    IN = "in", _("Check-in handover")
    OUT = "out", _("Check-out inspection")


class HandoverState(models.TextChoices):
    OPEN = "open", pgettext_lazy("of a handover", "Not signed yet")
    SIGNED = "signed", pgettext_lazy("of a handover", "Signed by the resident")


class EntryState(models.TextChoices):
    """How far the record of entering an abandoned room is."""

    OPEN = "open", pgettext_lazy("of a handover", "Not signed yet")
    SIGNED = "signed", _("Signed by both witnesses")


class Condition(models.TextChoices):
    """What a thing was found like. Empty: nobody has looked yet."""

    GOOD = "good", pgettext_lazy("of a thing", "Good")
    WORN = "worn", pgettext_lazy("of a thing", "Worn")
    DAMAGED = "damaged", pgettext_lazy("of a thing", "Damaged")
    MISSING = "missing", pgettext_lazy("of a thing", "Missing")


class KeyKind(models.TextChoices):
    """What opens something."""

    DOOR = "door", _("Door key")
    CARD = "card", _("Access card")
    MAILBOX = "mailbox", _("Mailbox key")
    REMOTE = "remote", _("Remote control")
    OTHER = "other", pgettext_lazy("of a key", "Other")


class FilingKind(models.TextChoices):
    """What has to be told to an authority, and about whom or what."""

    LEASE = "lease", _("Lease filing")
    LEASE_CHANGE = "change", _("Change of a filed lease")
    LEASE_END = "end", _("End of a filed lease")
    RESIDENCE = "residence", _("Residence registration")
    HMT = "hmt", _("HK/Macao/Taiwan lodging registration")
    FOREIGNER = "foreigner", _("Foreigner's lodging registration")
    LEAVING = "leaving", _("Residence deregistration")


LEASE_FILINGS = (FilingKind.LEASE, FilingKind.LEASE_CHANGE, FilingKind.LEASE_END)
"""Those that are about the contract; the others are about a person."""
ARRIVALS = (FilingKind.RESIDENCE, FilingKind.HMT, FilingKind.FOREIGNER)
"""Those of which each person who moves in needs one: which, their nationality says."""


class FilingState(models.TextChoices):
    DUE = "due", pgettext_lazy("of a filing", "To be filed")
    DONE = "done", pgettext_lazy("of a filing", "Filed")
    NOT_NEEDED = "not_needed", pgettext_lazy("of a filing", "Not needed")
    BEFORE = "before", pgettext_lazy("of a filing", "Before Yuju")


class TimeUnit(models.TextChoices):
    DAYS = "days", pgettext_lazy("counted", "days")
    HOURS = "hours", pgettext_lazy("counted", "hours")


class DeathDocument(models.TextChoices):
    """What shows that somebody died."""

    MEDICAL = "medical", _("Medical certificate of death")
    POLICE = "police", _("Police record")
    COURT = "court", _("Court decision")
    CREMATION = "cremation", _("Certificate of cremation")
    OTHER = "other", pgettext_lazy("of a document", "Other")


class HeirBasis(models.TextChoices):
    """What shows that somebody inherits."""

    NOTARY = "notary", _("Notarised certificate of inheritance")
    JUDGMENT = "judgment", _("Judgment")
    AGREEMENT = "agreement", _("Agreement of all heirs")
    WILL = "will", _("Will")
    OTHER = "other", pgettext_lazy("of a document", "Other")


class AbandonmentState(models.TextChoices):
    """How far the case of an abandoned room has come."""

    OPEN = "open", pgettext_lazy("of an abandoned room", "Notices served")
    ENTERED = "entered", pgettext_lazy("of an abandoned room", "Inventory signed")
    ENDED = "ended", pgettext_lazy("of an abandoned room", "Lease ended")
    CLOSED = "closed", pgettext_lazy("of an abandoned room", "Resident came back")


ABANDONED_NOW = (AbandonmentState.OPEN, AbandonmentState.ENTERED)
"""The states in which the case of an abandoned room is not over."""


class ServedBy(models.TextChoices):
    """The way by which a notice was served."""

    SMS = "sms", _("Text message")
    CALL = "call", pgettext_lazy("of a notice", "Call")
    POST = "post", _("Registered post")
    DOOR = "door", _("Posted on the door")
    PERSON = "person", _("In person")
    RELATIVE = "relative", _("Through a relative or emergency contact")
    OTHER = "other", pgettext_lazy("of a notice", "Other")


class WhatBecame(models.TextChoices):
    """What became of a thing that was left behind."""

    GIVEN = "given", pgettext_lazy("of a thing left behind", "Given back")
    DISPOSED = "disposed", _("Disposed of")
