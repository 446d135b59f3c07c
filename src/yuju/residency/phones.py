"""How equal telephone numbers are found without reading them."""

from __future__ import annotations

from yuju.kit.crypto import keyed_hash


def phone_hash(phone: str) -> str:
    """The keyed hash of a tidied telephone number (`yuju.kit.identity_numbers.check_phone`); empty for none."""
    return keyed_hash(phone, "phone") if phone else ""
