"""What payments can do, one verb each."""

from yuju.payments.services.credit import credit_draw

__all__ = ["credit_draw"]
