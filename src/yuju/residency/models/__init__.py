"""Who lives where: residents, their tags, and their tenure of units by lease or ownership."""

from yuju.residency.models.abandoned import (
    Abandonment,
    AbandonmentNotice,
    AbandonmentRule,
    EntryPhoto,
    EntryThing,
    EntryWitness,
    RoomEntry,
    ThingOutcome,
)
from yuju.residency.models.agreements import Agreement
from yuju.residency.models.blacklist import Blacklisting
from yuju.residency.models.check_ins import CheckIn
from yuju.residency.models.companies import InvoiceTitle
from yuju.residency.models.contracts import Contract, ContractSignature, ContractTemplate
from yuju.residency.models.deaths import Death, Freeze, Heir
from yuju.residency.models.doors import DoorClosing
from yuju.residency.models.ends import EndAnswer, EndReminder
from yuju.residency.models.filings import Filing, FilingRule
from yuju.residency.models.handovers import (
    Handover,
    HandoverItem,
    HandoverKey,
    HandoverPhoto,
    HandoverTemplate,
    HandoverTemplateItem,
)
from yuju.residency.models.links import TenureLink
from yuju.residency.models.move_out import MoveOutNotice, Turnover
from yuju.residency.models.people import Resident, ResidentTag, Tag
from yuju.residency.models.portal import PortalCode
from yuju.residency.models.tenures import Lease, Occupant, Ownership, Tenure, TenureTerm

__all__ = [
    "Abandonment",
    "AbandonmentNotice",
    "AbandonmentRule",
    "Agreement",
    "Blacklisting",
    "CheckIn",
    "Contract",
    "ContractSignature",
    "ContractTemplate",
    "Death",
    "DoorClosing",
    "EndAnswer",
    "EndReminder",
    "EntryPhoto",
    "EntryThing",
    "EntryWitness",
    "Filing",
    "FilingRule",
    "Freeze",
    "Handover",
    "HandoverItem",
    "HandoverKey",
    "HandoverPhoto",
    "HandoverTemplate",
    "HandoverTemplateItem",
    "Heir",
    "InvoiceTitle",
    "Lease",
    "MoveOutNotice",
    "Occupant",
    "Ownership",
    "PortalCode",
    "Resident",
    "ResidentTag",
    "RoomEntry",
    "Tag",
    "Tenure",
    "TenureLink",
    "TenureTerm",
    "ThingOutcome",
    "Turnover",
]
