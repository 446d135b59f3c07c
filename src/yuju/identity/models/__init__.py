"""Operators, their users, and what was done."""

from yuju.identity.models.audit import AuditEntry
from yuju.identity.models.people import Operator, Posting, SignInAttempt, User

__all__ = ["AuditEntry", "Operator", "Posting", "SignInAttempt", "User"]
