"""What a company is billed under: its invoice title (发票抬头)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit import identity_numbers
from yuju.kit.errors import Refused
from yuju.residency.models import InvoiceTitle, Resident


@edits
def invoice_title_save(
    *,
    company: Resident,
    title: str = "",
    tax_number: str = "",
    address: str = "",
    phone: str = "",
    bank: str = "",
    bank_account: str = "",
    by: User | None,
    at: datetime,
) -> InvoiceTitle:
    """Says to whom invoices of a company are made out; saving what stands there already changes nothing.

    Args:
        title: the registered name where it is empty.
        tax_number: the unified social credit code where it is empty.

    Raises:
        Refused: a person has none, or a number cannot be one.
    """
    if not company.is_company:
        raise Refused(_("Only companies have an invoice title."), code="person")
    saved = InvoiceTitle.objects.filter(resident=company).first() or InvoiceTitle(resident=company)
    saved.title = title.strip() or company.name
    saved.tax_number = _tax_number(tax_number) or company.id_number
    saved.address, saved.bank = address.strip(), bank.strip()
    saved.phone = identity_numbers.check_phone(phone, field="invoice_phone") if phone.strip() else ""
    saved.bank_account = _bank_account(bank_account)
    saved.save()
    return saved


def invoice_title_of(company: Resident) -> InvoiceTitle | None:
    """What a company is billed under; None for a person."""
    found: InvoiceTitle | None = InvoiceTitle.objects.filter(resident=company).first()
    return found


def _tax_number(typed: str) -> str:
    """A taxpayer's number has 15 to 20 digits and capitals; since 2015 it is the credit code itself."""
    number = identity_numbers.tidy(typed)
    if number and not (number.isascii() and number.isalnum() and 15 <= len(number) <= 20):
        raise Refused(_("A tax number has 15 to 20 digits and letters."), field="tax_number")
    return number


def _bank_account(typed: str) -> str:
    number = identity_numbers.tidy(typed)
    if number and not (number.isascii() and number.isdigit() and 8 <= len(number) <= 32):
        raise Refused(_("A bank account number has 8 to 32 digits."), field="bank_account")
    return number
